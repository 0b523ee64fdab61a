/** The log read as time: one bar for every try of every node. What the waterfall and the time bar draw. */
import type { RunEvent } from "../generated/events";

export type SpanStatus = "running" | "finished" | "failed" | "retried" | "stopped";

export interface Span {
  nodeId: string;
  /** The frame it ran in; empty for the graph itself. */
  frame: string;
  kind: string;
  attempt: number;
  /** Milliseconds since the run began. */
  startMs: number;
  endMs: number | null;
  /** The engine's own measure, finer than the log's clock. */
  elapsedMs: number | null;
  /** When the node said its first word. */
  firstTextMs: number | null;
  /** How much of it the node waited for something outside. */
  waitedMs: number;
  status: SpanStatus;
}

export interface Trace {
  startedAt: string | null;
  /** How long the run took, or has taken by its last event. */
  totalMs: number;
  spans: Span[];
  skipped: string[];
}

export function traceOf(events: readonly RunEvent[]): Trace {
  const origin = events[0] ? Date.parse(events[0].at) : 0;
  const trace: Trace = { startedAt: events[0]?.at ?? null, totalMs: 0, spans: [], skipped: [] };
  for (const event of events) {
    const at = Date.parse(event.at) - origin;
    trace.totalMs = Math.max(trace.totalMs, at);
    mark(trace, event, at);
  }
  return trace;
}

/** The events up to a moment of the run, for the time bar. */
export function eventsUntil(events: readonly RunEvent[], ms: number): RunEvent[] {
  const origin = events[0] ? Date.parse(events[0].at) : 0;
  return events.filter((event) => Date.parse(event.at) - origin <= ms);
}

function mark(trace: Trace, event: RunEvent, at: number): void {
  switch (event.type) {
    case "node_started":
      trace.spans.push({
        nodeId: event.node_id,
        frame: event.frame ?? "",
        kind: event.kind,
        attempt: event.attempt,
        startMs: at,
        endMs: null,
        elapsedMs: null,
        firstTextMs: null,
        waitedMs: 0,
        status: "running",
      });
      return;
    case "node_delta": {
      const span = open(trace, event);
      if (span) span.firstTextMs ??= at;
      return;
    }
    case "node_waiting": {
      const span = open(trace, event);
      if (span) span.waitedMs -= at;
      return;
    }
    case "node_resumed": {
      const span = open(trace, event);
      if (span && span.waitedMs < 0) span.waitedMs += at;
      return;
    }
    case "node_finished":
      return close(trace, event, at, "finished", event.elapsed_ms);
    case "node_failed":
      return close(trace, event, at, "failed", event.elapsed_ms);
    case "node_retrying":
      return close(trace, event, at, "retried");
    case "node_skipped":
      // What a round left out is seen in the round.
      if (!event.frame) trace.skipped.push(event.node_id);
      return;
    case "run_finished":
    case "run_failed":
    case "run_stopped":
      for (const span of trace.spans) if (span.endMs === null) Object.assign(span, { endMs: at, status: "stopped" });
  }
}

/** Where a node stands: the same node runs in many frames, at the same time too. */
interface Where {
  node_id: string;
  frame?: string;
}

function open(trace: Trace, { node_id, frame = "" }: Where): Span | undefined {
  return trace.spans.findLast((span) => span.nodeId === node_id && span.frame === frame && span.endMs === null);
}

function close(trace: Trace, where: Where, at: number, status: SpanStatus, elapsedMs: number | null = null): void {
  const span = open(trace, where);
  if (span) Object.assign(span, { endMs: at, status, elapsedMs });
}
