import i18next from "i18next";
import { describe, expect, it } from "vitest";
import { fold, type RunEvent } from "@/graph";
import { toMessages, type Turn } from "./messages";

const t = i18next.getFixedT("en", ["chat", "nodes"]);
const EVENTS: RunEvent[] = [
  { type: "run_started", seq: 1, at: "2026-01-01T00:00:00.000Z", run_id: "r", mode: "chat", inputs: {}, sys: {} },
  { type: "node_started", seq: 2, at: "2026-01-01T00:00:00.001Z", node_id: "find", kind: "knowledge-retrieval", attempt: 1 },
  {
    type: "node_finished", seq: 3, at: "2026-01-01T00:00:00.040Z", node_id: "find", inputs: {}, handle: null, elapsed_ms: 39, usage: null, facts: { passages: 1 },
    outputs: { result: [{ title: "Manual", content: "Hold it.", metadata: { document_name: "Manual.pdf", page: 14, score: 0.8 } }] },
  },
  { type: "answer_delta", seq: 4, at: "2026-01-01T00:00:00.050Z", node_id: "answer", text: "Hold it [1]." },
];
const turn = (over: Partial<Turn>): Turn => ({ key: "k", query: "How?", runId: "r", run: null, error: null, ...over });
const answer = (over: Partial<Turn>) => toMessages(turn(over), t)[1];

describe("toMessages", () => {
  it("waits, streams with steps and sources, and ends", () => {
    const streaming = { state: fold(EVENTS), events: EVENTS };

    expect(toMessages(turn({}), t)[0]).toMatchObject({ role: "user", text: "How?" });
    expect(answer({})).toMatchObject({ status: "waiting", text: "" });
    expect(answer({ run: streaming })).toMatchObject({
      status: "streaming",
      text: "Hold it [1].",
      steps: [{ id: "find", status: "done", elapsedMs: 39, notable: true }],
      citations: [{ number: 1, title: "Manual.pdf", page: 14, score: 0.8, content: "Hold it." }],
    });
  });

  it("lists at the end only the sources that the answer names", () => {
    const two = EVENTS.map((event) => (event.type === "node_finished" ? { ...event, outputs: { result: [{ title: "A" }, { title: "B" }] } } : event));
    const ending = (text: string): RunEvent => ({ type: "run_finished", seq: 5, at: "2026-01-01T00:00:01.000Z", outputs: {}, answer: text, usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost: 0 }, elapsed_ms: 9, exceptions: 0 });
    const numbers = (text: string) => answer({ run: { state: fold([...two, ending(text)]), events: two } })?.citations?.map(({ number, cited }) => [number, cited]);

    expect(numbers("Hold it [2].")).toEqual([[2, true]]);
    expect(numbers("Hold it.")).toEqual([[1, false], [2, false]]);
  });

  it("tells which tools an agent used", () => {
    const at = "2026-01-01T00:00:00.000Z";
    const step = { type: "node_step" as const, at, node_id: "agent", attempt: 1, input: null, output: null, error: null, elapsed_ms: 5, usage: null };
    const events: RunEvent[] = [
      { type: "run_started", seq: 1, at, run_id: "r", mode: "chat", inputs: {}, sys: {} },
      { type: "node_started", seq: 2, at, node_id: "agent", kind: "agent", attempt: 1 },
      { ...step, seq: 3, index: 0, name: "gpt", kind: "model" },
      { ...step, seq: 4, index: 1, name: "current_time", kind: "tool" },
      { ...step, seq: 5, index: 2, name: "my_tool", kind: "tool", error: { code: "tool_failed", message: "No." } },
    ];

    expect(answer({ run: { state: fold(events), events } })?.steps).toMatchObject([
      { id: "agent", label: "Working on it", status: "running" },
      { id: "agent-1", label: "Used “Current time”", status: "done", elapsedMs: 5 },
      { id: "agent-2", label: "Used “my_tool”", status: "failed" },
    ]);
  });

  it("says why nothing began, and why a run failed", () => {
    const failed: RunEvent = { type: "run_failed", seq: 5, at: "2026-01-01T00:00:01.000Z", error: { code: "model_refused", message: "No." }, answer: "Hold it", outputs: {}, elapsed_ms: 9 };

    expect(answer({ error: { code: "graph_invalid", message: "Broken." } })).toMatchObject({ status: "failed", error: { code: "graph_invalid" } });
    expect(answer({ run: { state: fold([...EVENTS, failed]), events: EVENTS } })).toMatchObject({ status: "failed", text: "Hold it", error: { code: "model_refused" } });
  });
});
