import { describe, expect, it } from "vitest";
import { fold, placeNodes, type RunEvent, type RunState } from "@/graph";
import { eachDoc, KINDS, ragDoc } from "@/graph/testing/factories";
import { toFlowEdges, toFlowNodes, wireState } from "./flowNodes";

const NONE = new Set<string>();

describe("toFlowNodes", () => {
  it("keeps the objects of nodes that say the same", () => {
    const doc = ragDoc();
    const first = toFlowNodes(doc, KINDS, NONE, []);
    const moved = toFlowNodes(placeNodes(doc, { llm: { x: 5, y: 5 } }), KINDS, NONE, first);
    const chosen = toFlowNodes(doc, KINDS, new Set(["start"]), first);

    expect(moved.map((node, i) => node === first[i])).toEqual([true, true, false, true]);
    expect(moved[2]?.data).toBe(first[2]?.data);
    expect(chosen.map((node, i) => node === first[i])).toEqual([false, true, true, true]);
  });
});

describe("frames", () => {
  it("come before what they hold, with the size that the document gives them", () => {
    const doc = { ...eachDoc(), nodes: eachDoc().nodes.toReversed() };
    const nodes = toFlowNodes(doc, KINDS, NONE, []);

    expect(nodes.map((node) => [node.id, node.type, node.parentId, node.width])).toEqual([
      ["answer", "card", undefined, undefined],
      ["each", "frame", undefined, 620],
      ["start", "card", undefined, undefined],
      ["code", "card", "each", undefined],
      ["llm", "card", "each", undefined],
    ]);
    const out = toFlowNodes({ ...doc, nodes: doc.nodes.map((node) => ({ ...node, parent: null })) }, KINDS, NONE, nodes);
    expect(out.find((node) => node.id === "llm")).not.toHaveProperty("parentId");
  });
});

const at = (run: RunState | null) => (id: string) => run?.nodes[id];

describe("edges", () => {
  const started = (seq: number, node_id: string): RunEvent => ({ type: "node_started", seq, at: "", node_id, kind: "x", attempt: 1 });
  const finished = (seq: number, node_id: string, handle: string | null = null): RunEvent => ({
    type: "node_finished", seq, at: "", node_id, inputs: {}, outputs: {}, handle, elapsed_ms: 1, usage: null, facts: {},
  });
  const run = fold([started(1, "start"), finished(2, "start"), started(3, "retrieve")]);

  it("are done, live or idle as the run went along them", () => {
    const edges = toFlowEdges(ragDoc(), NONE, at(run), []);

    expect(edges.map((edge) => edge.data?.state)).toEqual(["live", "idle", "idle"]);
    expect(toFlowEdges(ragDoc(), NONE, at(run), edges)[0]).toBe(edges[0]);
    expect(toFlowEdges(ragDoc(), NONE, at(fold([finished(4, "retrieve"), started(5, "llm")], run)), edges).map((edge) => edge.data?.state)).toEqual(["done", "live", "idle"]);
  });

  it("are off where a decision went the other way", () => {
    const decided = fold([started(1, "if"), finished(2, "if", "false"), started(3, "no")]);

    expect(wireState(at(decided), "if", "true", "yes")).toBe("off");
    expect(wireState(at(decided), "if", "false", "no")).toBe("live");
    expect(wireState(at(null), "if", "true", "yes")).toBe("idle");
  });
});
