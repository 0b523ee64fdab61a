/** What a run looks like to the one who asked: an answer, its steps in words, its sources. Pure. */
import type { TFunction } from "i18next";
import { citationsOf, traceOf, type Passage, type RunEvent, type RunState } from "@/graph";
import { describeStep, isSpokenKind, type ChatMessage, type Citation, type MessageStatus, type Step, type StepStatus } from "@/kit/chat";

export interface Turn {
  key: string;
  query: string;
  runId: string | null;
  /** The run as far as it is known; null before it began. */
  run: { state: RunState; events: readonly RunEvent[] } | null;
  error: { code: string; message: string } | null;
}

const STATUS: Record<RunState["status"], MessageStatus> = {
  queued: "waiting",
  running: "streaming",
  paused: "stopped",
  finished: "done",
  failed: "failed",
  stopped: "stopped",
};

export function toMessages(turn: Turn, t: TFunction<"chat">): ChatMessage[] {
  const question: ChatMessage = { id: `${turn.key}-question`, role: "user", text: turn.query, status: "done" };
  return [question, turn.run ? answerOf(turn.key, turn.run, t) : unstarted(turn)];
}

export function toCitation(passage: Passage, index: number): Citation {
  const about = passage.metadata ?? {};
  return {
    number: index + 1,
    title: String(about.document_name ?? passage.title ?? `#${index + 1}`),
    content: passage.content ?? "",
    documentId: text(about.document_id),
    datasetName: text(about.dataset_name),
    page: number(about.page),
    position: number(about.segment_position),
    score: number(about.score),
  };
}

function unstarted({ key, error }: Turn): ChatMessage {
  return { id: key, role: "assistant", text: "", status: error ? "failed" : "waiting", error: error ?? undefined };
}

function answerOf(id: string, { state, events }: NonNullable<Turn["run"]>, t: TFunction<"chat">): ChatMessage {
  const status = STATUS[state.status];
  return {
    id,
    role: "assistant",
    text: state.answer,
    status: status === "streaming" && state.answer === "" ? "waiting" : status,
    citations: citationsOf(state).map(toCitation),
    steps: stepsOf(state, events, t),
    error: state.error ? { code: state.error.code, message: state.error.message } : undefined,
  };
}

function stepsOf(state: RunState, events: readonly RunEvent[], t: TFunction<"chat">): Step[] {
  const kinds = new Map(traceOf(events).spans.map((span) => [span.nodeId, span.kind]));
  return [...kinds].flatMap(([id, kind]): Step[] => {
    const node = state.nodes[id];
    if (!node || !isSpokenKind(kind)) return [];
    const running = node.status === "running" || node.status === "retrying";
    return [
      {
        id,
        label: describeStep(t, kind, running, node.facts),
        status: running ? "running" : stepStatus(node.status),
        elapsedMs: node.elapsed_ms ?? undefined,
        notable: kind === "knowledge-retrieval",
      },
    ];
  });
}

function stepStatus(status: string): StepStatus {
  if (status === "finished") return "done";
  return status === "failed" ? "failed" : "skipped";
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
