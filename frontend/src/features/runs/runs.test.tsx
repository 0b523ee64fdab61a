import { act, renderHook, screen, fireEvent, render } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Run } from "@/api";
import { traceOf, type RunEvent } from "@/graph";
import { KINDS, ragDoc } from "@/graph/testing/factories";
import { useReplay } from "./useReplay";
import { Waterfall } from "./Waterfall";
import { whole } from "./whole";
import { inputLine } from "./words";

const run = (over: object) => ({ inputs: {}, ...over }) as unknown as Run;

describe("inputLine", () => {
  it("is the question, or the inputs by name", () => {
    expect(inputLine(run({ query: "How?", inputs: { a: 1 } }))).toBe("How?");
    expect(inputLine(run({ query: "", inputs: { topic: "tea", file: { name: "a.pdf", size: 3 }, empty: "", _webhook_raw: { body: {} } } }))).toBe("topic: tea · file: a.pdf");
    expect(inputLine(run({}))).toBe("");
  });
});

describe("useReplay", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("stands at the end, goes where it is dragged, and plays to the end", () => {
    const { result } = renderHook(() => useReplay(1000));
    expect(result.current.at).toBeNull();

    act(() => result.current.seek(400));
    expect(result.current.at).toBe(400);

    act(() => result.current.toggle());
    act(() => void vi.advanceTimersByTime(100));
    expect(result.current.at).toBeGreaterThan(450);
    act(() => void vi.advanceTimersByTime(2000));
    expect(result.current).toMatchObject({ at: null, playing: false });
  });
});

describe("Waterfall", () => {
  const at = (ms: number) => new Date(ms).toISOString();
  const events: RunEvent[] = [
    { type: "node_started", seq: 1, at: at(0), node_id: "retrieve", kind: "knowledge-retrieval", attempt: 1 },
    { type: "node_finished", seq: 2, at: at(40), node_id: "retrieve", inputs: {}, outputs: {}, handle: null, elapsed_ms: 39.6, usage: null, facts: {} },
    { type: "node_skipped", seq: 3, at: at(41), node_id: "llm" },
  ];

  it("has a row for every step, which opens it", () => {
    const onSelect = vi.fn();
    render(<Waterfall trace={traceOf(events)} document={ragDoc()} kinds={KINDS} at={null} selected={null} onSelect={onSelect} />);
    expect(screen.getAllByRole("button").map((row) => row.textContent)).toEqual(["retrieve40 ms", "llmskipped"]);

    fireEvent.click(screen.getByRole("button", { name: /retrieve/ }));
    expect(onSelect).toHaveBeenCalledWith("retrieve");
  });

  it("folds the rounds of a container below it", () => {
    const inside = (seq: number, frame: string): RunEvent => ({ type: "node_started", seq, at: at(seq), node_id: "llm", frame, kind: "llm", attempt: 1 });
    const rounds: RunEvent[] = [{ type: "node_started", seq: 1, at: at(0), node_id: "retrieve", kind: "iteration", attempt: 1 }, inside(2, "retrieve:0"), inside(3, "retrieve:1")];
    render(<Waterfall trace={traceOf(rounds)} document={ragDoc()} kinds={KINDS} at={null} selected={null} onSelect={vi.fn()} />);
    expect(screen.queryByText("Round 2")).toBeNull();

    fireEvent.click(screen.getByRole("button", { name: "Rounds of retrieve" }));
    expect([screen.getByText("Round 2"), ...screen.getAllByRole("button", { name: /^llm/ })]).toHaveLength(3);
  });
});

describe("whole", () => {
  it("gives a graph that was stored without places all that drawing it takes", () => {
    const { nodes, edges, layout } = whole({ nodes: [{ id: "start", kind: "start" }, { id: "llm", kind: "llm", title: "Write" }] as never, edges: [{ source: "start", handle: "source", target: "llm" }] as never }, KINDS);

    expect(nodes.map(({ title, parent, config }) => [title, parent, config])).toEqual([["start", null, {}], ["Write", null, {}]]);
    expect(edges.map(({ id }) => id)).toEqual(["edge-0"]);
    expect(Object.keys(layout)).toEqual(["start", "llm"]);
  });
});
