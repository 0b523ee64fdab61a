import { describe, expect, it } from "vitest";
import type { RunEvent } from "../generated/events";
import { citationsOf } from "./citations";
import { apply, fold, freshRun, isOver } from "./state";
import { eventsUntil, traceOf } from "./trace";

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

const LOG: RunEvent[] = [
  { type: "run_started", seq: 1, at: at(0), run_id: "r1", mode: "chat", inputs: {}, sys: { query: "?" } },
  { type: "node_started", seq: 2, at: at(1), node_id: "find", kind: "knowledge-retrieval", attempt: 1 },
  {
    type: "node_finished", seq: 3, at: at(40), node_id: "find", inputs: {}, handle: null, elapsed_ms: 39, usage: null,
    outputs: { result: [{ title: "Manual", content: "Hold the button." }] }, facts: { passages: 1 },
  },
  { type: "node_started", seq: 4, at: at(41), node_id: "llm", kind: "llm", attempt: 1 },
  { type: "node_retrying", seq: 5, at: at(60), node_id: "llm", attempt: 2, delay_ms: 40, error: { code: "busy", message: "Busy." } },
  { type: "node_started", seq: 6, at: at(100), node_id: "llm", kind: "llm", attempt: 2 },
  { type: "node_delta", seq: 7, at: at(130), node_id: "llm", output: "text", text: "Hold " },
  { type: "answer_delta", seq: 8, at: at(130), node_id: "answer", text: "Hold " },
  { type: "node_delta", seq: 9, at: at(150), node_id: "llm", output: "text", text: "it." },
  { type: "node_skipped", seq: 10, at: at(151), node_id: "person" },
  { type: "run_stopped", seq: 11, at: at(160), reason: "user", answer: "Hold ", outputs: {}, elapsed_ms: 160 },
];

describe("fold", () => {
  it("keeps what a retried and stopped node has said", () => {
    const state = fold(LOG);

    expect(state).toMatchObject({ status: "stopped", answer: "Hold ", elapsed_ms: 160, last_seq: 11 });
    expect(state.nodes.llm).toMatchObject({ status: "stopped", attempt: 2, text: "Hold it.", error: null });
    expect(state.nodes.person?.status).toBe("skipped");
    expect(isOver(state)).toBe(true);
  });

  it("gives the same from a snapshot as from the start, and ignores what it has seen", () => {
    const snapshot = fold(LOG.slice(0, 6));

    expect(fold(LOG, snapshot)).toEqual(fold(LOG));
    expect(apply(snapshot, LOG[1]!)).toBe(snapshot);
  });

  it("shares the state of nodes that an event does not touch", () => {
    const before = fold(LOG.slice(0, 6));
    const after = apply(before, LOG[6]!);

    expect(after.nodes.find).toBe(before.nodes.find);
    expect(freshRun().nodes).toEqual({});
  });
});

describe("citationsOf", () => {
  it("takes what was retrieved, or what the model was given", () => {
    const state = fold(LOG);
    const given = structuredClone(state);
    given.nodes.llm!.facts = { context: ["find", "result"] };

    expect(citationsOf(state)).toEqual([{ title: "Manual", content: "Hold the button." }]);
    expect(citationsOf(given)).toEqual(citationsOf(state));
  });
});

describe("traceOf", () => {
  it("draws one bar for every try", () => {
    const trace = traceOf(LOG);

    expect(trace.totalMs).toBe(160);
    expect(trace.skipped).toEqual(["person"]);
    expect(trace.spans).toEqual([
      { nodeId: "find", frame: "", waitedMs: 0, kind: "knowledge-retrieval", attempt: 1, startMs: 1, endMs: 40, elapsedMs: 39, firstTextMs: null, status: "finished" },
      { nodeId: "llm", frame: "", waitedMs: 0, kind: "llm", attempt: 1, startMs: 41, endMs: 60, elapsedMs: null, firstTextMs: null, status: "retried" },
      { nodeId: "llm", frame: "", waitedMs: 0, kind: "llm", attempt: 2, startMs: 100, endMs: 160, elapsedMs: null, firstTextMs: 130, status: "stopped" },
    ]);
  });

  it("goes back to any moment", () => {
    expect(fold(eventsUntil(LOG, 40)).nodes.find?.status).toBe("finished");
    expect(fold(eventsUntil(LOG, 39)).nodes.find?.status).toBe("running");
  });
});
