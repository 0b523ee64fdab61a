/** Turns the document into what React Flow draws. Objects are kept as long as they say the same, so cards stay still. */
import type { Edge as FlowEdge, Node as FlowNode } from "@xyflow/react";
import { SOURCE, type Definition, type GraphNode, type RunState } from "@/graph";

export type CardData = { node: GraphNode };
export type CardNode = FlowNode<CardData, "card">;

export type WireState = "idle" | "done" | "live" | "off";
export type WireData = { state: WireState };
export type WireEdge = FlowEdge<WireData, "wire">;

/** The handle on the left side of every card that accepts input. */
export const ENTRANCE = "in";

export function toFlowNodes(doc: Definition, selected: ReadonlySet<string>, before: readonly CardNode[]): CardNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  return doc.nodes.map((node) => {
    const position = doc.layout[node.id] ?? { x: 0, y: 0 };
    const old = known.get(node.id);
    const isSelected = selected.has(node.id);
    const still = old && old.position.x === position.x && old.position.y === position.y;
    if (old && still && old.data.node === node && (old.selected ?? false) === isSelected) return old;
    const data = old?.data.node === node ? old.data : { node };
    return { ...old, id: node.id, type: "card", position, data, selected: isSelected };
  });
}

export function toFlowEdges(
  doc: Definition,
  selected: ReadonlySet<string>,
  run: RunState | null,
  before: readonly WireEdge[],
): WireEdge[] {
  const known = new Map(before.map((edge) => [edge.id, edge]));
  return doc.edges.map((edge) => {
    const state = wireState(run, edge.source, edge.handle, edge.target);
    const isSelected = selected.has(edge.id);
    const old = known.get(edge.id);
    const same = old?.source === edge.source && old.sourceHandle === edge.handle && old.target === edge.target;
    if (old && same && old.data?.state === state && (old.selected ?? false) === isSelected) return old;
    return {
      id: edge.id,
      type: "wire",
      source: edge.source,
      sourceHandle: edge.handle,
      target: edge.target,
      targetHandle: ENTRANCE,
      selected: isSelected,
      data: { state },
    };
  });
}

/** An edge is done when the run went along it, live while its target works, off when the run went elsewhere. */
export function wireState(run: RunState | null, source: string, handle: string, target: string): WireState {
  const from = run?.nodes[source];
  if (!run || !from) return "idle";
  if (from.status === "skipped") return "off";
  if (from.status !== "finished" && from.status !== "failed") return "idle";
  const taken = from.handle ?? (from.status === "finished" || from.error ? SOURCE : null);
  if (taken !== handle) return "off";
  const to = run.nodes[target];
  if (to?.status === "running" || to?.status === "retrying") return "live";
  return to && to.status !== "skipped" ? "done" : "idle";
}
