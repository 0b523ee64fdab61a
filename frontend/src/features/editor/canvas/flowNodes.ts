/** Turns the document into what React Flow draws. Objects are kept as long as they say the same, so cards stay still. */
import type { Edge as FlowEdge, Node as FlowNode } from "@xyflow/react";
import { BODY, frameSize, FRESH_FRAME, FRESH_NOTE, isNote, SOURCE, type Definition, type GraphNode, type Kinds, type NodeState, type Place } from "@/graph";

export type CardData = { node: GraphNode };
/** A frame holds cards; a note is text on the canvas. */
export type CardNode = FlowNode<CardData, "card" | "frame" | "note">;

export type WireState = "idle" | "done" | "live" | "off";
export type WireData = { state: WireState };
export type WireEdge = FlowEdge<WireData, "wire">;

/** The handle on the left side of every card that accepts input. */
export const ENTRANCE = "in";

export function toFlowNodes(doc: Definition, kinds: Kinds, selected: ReadonlySet<string>, before: readonly CardNode[]): CardNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  return outermostFirst(doc.nodes).map((node) => {
    const place = doc.layout[node.id] ?? { x: 0, y: 0 };
    const old = known.get(node.id);
    const isSelected = selected.has(node.id);
    const next = drawn(kinds, node, place);
    const still = old && old.position.x === place.x && old.position.y === place.y && old.width === next.width && old.height === next.height;
    if (old && still && old.data.node === node && (old.selected ?? false) === isSelected) return old;
    const data = old?.data.node === node ? old.data : { node };
    return { ...lasting(old), id: node.id, ...next, data, selected: isSelected };
  });
}

type Drawn = Pick<CardNode, "type" | "position" | "parentId" | "width" | "height" | "zIndex">;

function drawn(kinds: Kinds, { kind, parent }: GraphNode, place: Place): Drawn {
  const known = kinds.get(kind);
  const position = { x: place.x, y: place.y };
  const inside = parent === null ? {} : { parentId: parent };
  if (known?.container) return { type: "frame", position, ...inside, ...frameSize(place, FRESH_FRAME) };
  if (isNote(known)) return { type: "note", position, ...inside, ...frameSize(place, FRESH_NOTE), zIndex: -1 };
  return { type: "card", position, ...inside };
}

/** What React Flow itself keeps with a node, without what is said anew. */
function lasting(old: CardNode | undefined): Partial<CardNode> {
  if (!old) return {};
  const { parentId: _, width: __, height: ___, ...rest } = old;
  return rest;
}

/** React Flow wants a container before what lies in it. */
function outermostFirst(nodes: readonly GraphNode[]): readonly GraphNode[] {
  if (nodes.every((node) => node.parent === null)) return nodes;
  const parents = new Map(nodes.map((node) => [node.id, node.parent]));
  const depth = (id: string) => {
    let levels = 0;
    for (let at = parents.get(id) ?? null; at !== null && levels < nodes.length; at = parents.get(at) ?? null) levels += 1;
    return levels;
  };
  const depths = new Map(nodes.map((node) => [node.id, depth(node.id)]));
  return nodes.toSorted((a, b) => (depths.get(a.id) ?? 0) - (depths.get(b.id) ?? 0));
}

/** What happened at a node, in the round that is shown. */
export type StateOf = (id: string) => NodeState | undefined;

export function toFlowEdges(
  doc: Definition,
  selected: ReadonlySet<string>,
  stateOf: StateOf,
  before: readonly WireEdge[],
): WireEdge[] {
  const known = new Map(before.map((edge) => [edge.id, edge]));
  return doc.edges.map((edge) => {
    const state = wireState(stateOf, edge.source, edge.handle, edge.target);
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
export function wireState(stateOf: StateOf, source: string, handle: string, target: string): WireState {
  const from = stateOf(source);
  if (!from) return "idle";
  if (from.status === "skipped") return "off";
  const to = stateOf(target);
  if (handle !== BODY) {
    if (from.status !== "finished" && from.status !== "failed") return "idle";
    const taken = from.handle ?? (from.status === "finished" || from.error ? SOURCE : null);
    if (taken !== handle) return "off";
  }
  if (to?.status === "running" || to?.status === "retrying" || to?.status === "waiting") return "live";
  return to && to.status !== "skipped" ? "done" : "idle";
}
