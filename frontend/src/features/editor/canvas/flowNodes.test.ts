import { describe, expect, it } from "vitest";
import { fold, placeNodes, type RunEvent } from "@/graph";
import { ragDoc } from "@/graph/testing/factories";
import { toFlowEdges, toFlowNodes, wireState } from "./flowNodes";

const NONE = new Set<string>();

describe("toFlowNodes", () => {
  it("keeps the objects of nodes that say the same", () => {
    const doc = ragDoc();
    const first = toFlowNodes(doc, NONE, []);
    const moved = toFlowNodes(placeNodes(doc, { llm: { x: 5, y: 5 } }), NONE, first);
    const chosen = toFlowNodes(doc, new Set(["start"]), first);

    expect(moved.map((node, i) => node === first[i])).toEqual([true, true, false, true]);
    expect(moved[2]?.data).toBe(first[2]?.data);
    expect(chosen.map((node, i) => node === first[i])).toEqual([false, true, true, true]);
  });
});

describe("edges", () => {
  const started = (seq: number, node_id: string): RunEvent => ({ type: "node_started", seq, at: "", node_id, kind: "x", attempt: 1 });
  const finished = (seq: number, node_id: string, handle: string | null = null): RunEvent => ({
    type: "node_finished", seq, at: "", node_id, inputs: {}, outputs: {}, handle, elapsed_ms: 1, usage: null, facts: {},
  });
  const run = fold([started(1, "start"), finished(2, "start"), started(3, "retrieve")]);

  it("are done, live or idle as the run went along them", () => {
    const edges = toFlowEdges(ragDoc(), NONE, run, []);

    expect(edges.map((edge) => edge.data?.state)).toEqual(["live", "idle", "idle"]);
    expect(toFlowEdges(ragDoc(), NONE, run, edges)[0]).toBe(edges[0]);
    expect(toFlowEdges(ragDoc(), NONE, fold([finished(4, "retrieve"), started(5, "llm")], run), edges).map((edge) => edge.data?.state)).toEqual(["done", "live", "idle"]);
  });

  it("are off where a decision went the other way", () => {
    const decided = fold([started(1, "if"), finished(2, "if", "false"), started(3, "no")]);

    expect(wireState(decided, "if", "true", "yes")).toBe("off");
    expect(wireState(decided, "if", "false", "no")).toBe("live");
    expect(wireState(null, "if", "true", "yes")).toBe("idle");
  });
});
