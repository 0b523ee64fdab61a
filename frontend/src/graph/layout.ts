/** Lays a graph out from left to right. Knows sizes and edges; branches keep the order of the handles they leave by. */
import { Graph, layout as runDagre } from "@dagrejs/dagre";
import { absoluteOf, ancestorsOf, childrenOf, FRESH_FRAME, INSET, sizesIn } from "./containers";
import { nodeById, type Definition, type Place, type Point } from "./document";
import { handlesOf, isNote, type Kinds } from "./kinds";

export interface Size {
  width: number;
  height: number;
}

export const CARD_WIDTH = 216;
const COLUMN_GAP = 64;
const ROW_GAP = 48;
const GRID = 4;

/** Lays out every container from the inside outwards, and gives frames the size that their contents need. */
export function tidy(doc: Definition, kinds: Kinds, sizeOf: (id: string) => Size): Record<string, Place> {
  const frames = doc.nodes.filter((node) => kinds.get(node.kind)?.container).map((node) => node.id);
  const inwards = [null, ...frames.toSorted((a, b) => ancestorsOf(doc, a).length - ancestorsOf(doc, b).length)];
  const places: Record<string, Place> = {};
  const drawn = sizesIn(doc, kinds, sizeOf);
  const size = (id: string): Size => ({ ...drawn(id), ...frameOf(places[id]) });
  for (const parent of inwards.reverse()) {
    const level = childrenOf(doc, parent).filter((node) => !isNote(kinds.get(node.kind)));
    const origin = parent === null ? { x: 0, y: 0 } : { x: INSET.left, y: INSET.top };
    const laid = tidyLevel({ ...doc, nodes: level }, kinds, size, origin);
    for (const [id, at] of Object.entries(laid)) places[id] = { ...places[id], ...at };
    Object.assign(places, notesAlong(doc, kinds, parent, laid));
    if (parent !== null) places[parent] = frameAround(laid, size);
  }
  return places;
}

function frameOf(place: Place | undefined): Partial<Size> {
  return place?.width === undefined || place.height === undefined ? {} : { width: place.width, height: place.height };
}

/** A frame as large as what lies in it, and not too small to drop something into. */
function frameAround(laid: Readonly<Record<string, Point>>, size: (id: string) => Size): Place {
  const boxes = Object.entries(laid).map(([id, at]) => ({ ...at, ...size(id) }));
  const width = Math.max(FRESH_FRAME.width - 120, ...boxes.map((box) => box.x + box.width + INSET.right));
  const height = Math.max(FRESH_FRAME.height - 20, ...boxes.map((box) => box.y + box.height + INSET.bottom));
  return { x: 0, y: 0, width, height };
}

/** A note goes where the card beside it goes. */
function notesAlong(doc: Definition, kinds: Kinds, parent: string | null, laid: Readonly<Record<string, Point>>): Record<string, Place> {
  const notes = childrenOf(doc, parent).filter((node) => isNote(kinds.get(node.kind)));
  return Object.fromEntries(
    notes.flatMap(({ id }): [string, Place][] => {
      const at = doc.layout[id];
      const near = at && Object.keys(laid).toSorted((a, b) => distance(doc.layout[a], at) - distance(doc.layout[b], at))[0];
      const from = near === undefined ? undefined : doc.layout[near];
      const to = near === undefined ? undefined : laid[near];
      return at && from && to ? [[id, { x: at.x + to.x - from.x, y: at.y + to.y - from.y }]] : [];
    }),
  );
}

function distance(a: Point | undefined, b: Point): number {
  return a ? Math.hypot(a.x - b.x, a.y - b.y) : Infinity;
}

function tidyLevel(doc: Definition, kinds: Kinds, sizeOf: (id: string) => Size, origin: Point): Record<string, Point> {
  if (doc.nodes.length === 0) return {};
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", ranksep: COLUMN_GAP, nodesep: ROW_GAP, ranker: "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of doc.nodes) graph.setNode(node.id, { ...sizeOf(node.id) });
  const edges = inHandleOrder(doc, kinds);
  for (const edge of edges) graph.setEdge(edge.source, edge.target);
  runDagre(graph, { constraints: siblingOrder(edges) });
  const laid = toCorners(doc, graph, sizeOf);
  const left = Math.min(...Object.values(laid).map(({ x }) => x));
  const top = Math.min(...Object.values(laid).map(({ y }) => y));
  return Object.fromEntries(Object.entries(laid).map(([id, { x, y }]) => [id, { x: x - left + origin.x, y: y - top + origin.y }]));
}

/** A place on the canvas for a new node: right of `after`, below what already stands there. */
export function placeAfter(doc: Definition, after: string | null, sizeOf: (id: string) => Size): Point {
  const node = after === null ? undefined : nodeById(doc, after);
  if (after === null || !node || !doc.layout[after]) return { x: 0, y: 0 };
  const from = absoluteOf(doc, after);
  return freeSpot(doc, { x: from.x + sizeOf(after).width + COLUMN_GAP, y: from.y }, sizeOf, node.parent);
}

/** The spot itself, or the nearest one below it that no card of the container covers. */
export function freeSpot(doc: Definition, spot: Point, sizeOf: (id: string) => Size, parent: string | null = null): Point {
  let y = spot.y;
  for (let moved = true; moved; ) {
    moved = false;
    for (const node of childrenOf(doc, parent)) {
      if (!doc.layout[node.id]) continue;
      const at = absoluteOf(doc, node.id);
      const size = sizeOf(node.id);
      if (!overlaps({ x: spot.x, y }, at, size)) continue;
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
