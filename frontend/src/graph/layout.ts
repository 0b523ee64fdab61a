/** Lays a graph out from left to right. Knows sizes and edges; branches keep the order of the handles they leave by. */
import { Graph, layout as runDagre } from "@dagrejs/dagre";
import type { Definition, Point } from "./document";
import { handlesOf, type Kinds } from "./kinds";

export interface Size {
  width: number;
  height: number;
}

export const CARD_WIDTH = 216;
const COLUMN_GAP = 64;
const ROW_GAP = 48;
const GRID = 4;

export function tidy(doc: Definition, kinds: Kinds, sizeOf: (id: string) => Size): Record<string, Point> {
  if (doc.nodes.length === 0) return {};
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", ranksep: COLUMN_GAP, nodesep: ROW_GAP, ranker: "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of doc.nodes) graph.setNode(node.id, { ...sizeOf(node.id) });
  const edges = inHandleOrder(doc, kinds);
  for (const edge of edges) graph.setEdge(edge.source, edge.target);
  runDagre(graph, { constraints: siblingOrder(edges) });
  return toCorners(doc, graph, sizeOf);
}

/** A place for a new node: right of `after`, below what already stands there. */
export function placeAfter(doc: Definition, after: string | null, sizeOf: (id: string) => Size): Point {
  const from = after === null ? undefined : doc.layout[after];
  if (after === null || !from) return { x: 0, y: 0 };
  const spot = { x: from.x + sizeOf(after).width + COLUMN_GAP, y: from.y };
  return freeSpot(doc, spot, sizeOf);
}

/** The spot itself, or the nearest one below it that no card covers. */
export function freeSpot(doc: Definition, spot: Point, sizeOf: (id: string) => Size): Point {
  let y = spot.y;
  for (let moved = true; moved; ) {
    moved = false;
    for (const node of doc.nodes) {
      const at = doc.layout[node.id];
      const size = sizeOf(node.id);
      if (!at || !overlaps({ x: spot.x, y }, at, size)) continue;
      y = at.y + size.height + ROW_GAP;
      moved = true;
    }
  }
  return { x: spot.x, y };
}

function overlaps(spot: Point, at: Point, size: Size): boolean {
  const height = 88;
  return spot.x < at.x + size.width && spot.x + CARD_WIDTH > at.x && spot.y < at.y + size.height && spot.y + height > at.y;
}

function inHandleOrder(doc: Definition, kinds: Kinds): Definition["edges"] {
  const nodes = new Map(doc.nodes.map((node) => [node.id, node]));
  const rank = (id: string, handle: string): number => {
    const node = nodes.get(id);
    return node ? handlesOf(node, kinds.get(node.kind)).indexOf(handle) : 0;
  };
  const known = doc.edges.filter((edge) => nodes.has(edge.source) && nodes.has(edge.target));
  return known.toSorted((a, b) => rank(a.source, a.handle) - rank(b.source, b.handle));
}

/** Nodes that only one node leads to stand in the order of the handles that lead to them. */
function siblingOrder(edges: Definition["edges"]): { left: string; right: string }[] {
  const entries = new Map<string, number>();
  for (const edge of edges) entries.set(edge.target, (entries.get(edge.target) ?? 0) + 1);
  const sources = [...new Set(edges.map((edge) => edge.source))];
  return sources.flatMap((source) => {
    const only = edges.filter((edge) => edge.source === source && entries.get(edge.target) === 1);
    return only.slice(1).map((edge, i) => ({ left: only[i]?.target ?? "", right: edge.target }));
  });
}

/** Dagre answers with centres; cards in one column line up by their tops, as titles do on a shelf. */
function toCorners(doc: Definition, graph: Graph, sizeOf: (id: string) => Size): Record<string, Point> {
  const places: Record<string, Point> = {};
  for (const node of doc.nodes) {
    const { x, y } = graph.node(node.id) as Point;
    const size = sizeOf(node.id);
    places[node.id] = { x: snap(x - size.width / 2), y: snap(y - size.height / 2) };
  }
  return straighten(doc, places, sizeOf);
}

/** A lone chain of cards of different heights gets one line for its titles, so that its edges run straight. */
function straighten(doc: Definition, places: Record<string, Point>, sizeOf: (id: string) => Size): Record<string, Point> {
  const columns = new Map<number, string[]>();
  for (const id of Object.keys(places)) {
    const centre = Math.round((places[id]?.x ?? 0) + sizeOf(id).width / 2);
    columns.set(centre, [...(columns.get(centre) ?? []), id]);
  }
  const next = { ...places };
  for (const edge of doc.edges) {
    const from = next[edge.source];
    const to = next[edge.target];
    const alone = [...columns.values()].some((ids) => ids.length === 1 && ids[0] === edge.target);
    const single = doc.edges.filter((e) => e.target === edge.target).length === 1;
    const only = doc.edges.filter((e) => e.source === edge.source).length === 1;
    if (from && to && alone && single && only) next[edge.target] = { x: to.x, y: from.y };
  }
  return next;
}

function snap(value: number): number {
  return Math.round(value / GRID) * GRID;
}
