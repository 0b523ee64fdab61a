/** Takes a piece out of a document and puts copies of it in: new ids, inner edges kept, inner references rewritten. */
import { absoluteOf, relativeTo, withContents } from "./containers";
import { isObject, type Definition, type Edge, type GraphNode, type Place, type Point } from "./document";
import { freshEdgeId, freshNodeId, freshTitle, nodeIds } from "./ids";
import { isSingle, type Kinds } from "./kinds";
import type { Size } from "./layout";
import { rewriteNode } from "./references";

export interface Fragment {
  weft: "fragment/1";
  nodes: GraphNode[];
  edges: Edge[];
  /** On the canvas for the outermost nodes, in their container for the others. */
  layout: Record<string, Place>;
}

export interface Pasted {
  doc: Definition;
  ids: string[];
}

/** What lies in a container comes with it. */
export function cut(doc: Definition, chosen: ReadonlySet<string>): Fragment {
  const ids = withContents(doc, chosen);
  const nodes = doc.nodes.filter((node) => ids.has(node.id)).map((node) => (node.parent === null || ids.has(node.parent) ? node : { ...node, parent: null }));
  const edges = doc.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target));
  const layout = Object.fromEntries(nodes.map((node) => [node.id, node.parent === null ? { ...doc.layout[node.id], ...absoluteOf(doc, node.id) } : (doc.layout[node.id] ?? { x: 0, y: 0 })]));
  return { weft: "fragment/1", nodes, edges, layout };
}

export function parseFragment(text: string): Fragment | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && value.weft === "fragment/1" ? (value as unknown as Fragment) : null;
  } catch {
    return null;
  }
}

/** Paste so that the fragment's top left corner lies at `at`, in a container or on the canvas. A kind that may stand only once is left out. */
export function paste(doc: Definition, kinds: Kinds, fragment: Fragment, at: Point, into: string | null = null): Pasted {
  const nodes = fragment.nodes.filter((node) => mayRepeat(doc, kinds, node));
  const names = rename(doc, nodes);
  const outer = nodes.filter((node) => node.parent === null || !names.has(node.parent));
  const origin = corner(outer.map((node) => fragment.layout[node.id] ?? { x: 0, y: 0 }));
  const layout = { ...doc.layout };
  for (const node of nodes) {
    const from = fragment.layout[node.id] ?? origin;
    const to = outer.includes(node) ? relativeTo(doc, into, { x: at.x + from.x - origin.x, y: at.y + from.y - origin.y }) : {};
    layout[names.get(node.id) ?? node.id] = { ...from, ...to };
  }
  const next = { ...doc, nodes: [...doc.nodes, ...copies(doc, kinds, nodes, names, into)], layout };
  return { doc: addEdges(next, fragment.edges, names), ids: outer.map((node) => names.get(node.id) ?? node.id) };
}

/** Where the whole piece may lie without covering a card of the container: at the wish itself, or below it. */
export function clearSpot(doc: Definition, fragment: Fragment, wish: Point, sizeOf: (id: string) => Size, into: string | null = null): Point {
  const origin = cornerOf(fragment);
  const boxes = outermost(fragment).map(({ id }) => {
    const at = fragment.layout[id] ?? origin;
    const drawn = { ...sizeOf(id), ...sizeGiven(at) };
    return { x: wish.x + at.x - origin.x, y: wish.y + at.y - origin.y, ...drawn };
  });
  const cards = doc.nodes.flatMap(({ id, parent }) => (doc.layout[id] && parent === into ? [{ ...sizeOf(id), ...sizeGiven(doc.layout[id]), ...absoluteOf(doc, id) }] : []));
  let down = 0;
  while (boxes.some((box) => cards.some((card) => touch({ ...box, y: box.y + down }, card)))) down += STEP;
  return { x: wish.x, y: wish.y + down };
}

function sizeGiven({ width, height }: Place): Partial<Size> {
  return { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
}

const STEP = 16;
type Box = Point & Size;

function touch(a: Box, b: Box): boolean {
  const beside = a.x + a.width + STEP <= b.x || b.x + b.width + STEP <= a.x;
  return !beside && a.y < b.y + b.height + STEP && b.y < a.y + a.height + STEP;
}

export function cornerOf(fragment: Fragment): Point {
  return corner(outermost(fragment).map(({ id }) => fragment.layout[id] ?? { x: 0, y: 0 }));
}

function outermost({ nodes }: Fragment): GraphNode[] {
  const ids = new Set(nodes.map((node) => node.id));
  return nodes.filter(({ parent }) => parent === null || !ids.has(parent));
}

function mayRepeat(doc: Definition, kinds: Kinds, node: GraphNode): boolean {
  return !(isSingle(kinds.get(node.kind)) && doc.nodes.some((other) => other.kind === node.kind));
}

function rename(doc: Definition, nodes: readonly GraphNode[]): Map<string, string> {
  const taken = nodeIds(doc);
  const names = new Map<string, string>();
  for (const node of nodes) {
    const id = freshNodeId(taken, node.id);
    taken.add(id);
    names.set(node.id, id);
  }
  return names;
}

function copies(doc: Definition, kinds: Kinds, nodes: readonly GraphNode[], names: ReadonlyMap<string, string>, into: string | null): GraphNode[] {
  const titles = new Set(doc.nodes.map((node) => node.title));
  return nodes.map((node) => {
    const title = freshTitle(titles, node.title);
    titles.add(title);
    const copy = rewriteNode(node, kinds, (selector) => {
      const head = names.get(selector[0] ?? "");
      return head === undefined || head === selector[0] ? selector : [head, ...selector.slice(1)];
    });
    const parent = (node.parent === null ? undefined : names.get(node.parent)) ?? into;
    return { ...copy, id: names.get(node.id) ?? node.id, title, parent };
  });
}

function addEdges(doc: Definition, edges: readonly Edge[], names: ReadonlyMap<string, string>): Definition {
  return edges.reduce((current, edge) => {
    const source = names.get(edge.source);
    const target = names.get(edge.target);
    if (!source || !target) return current;
    return { ...current, edges: [...current.edges, { ...edge, id: freshEdgeId(current), source, target }] };
  }, doc);
}

function corner(points: readonly Point[]): Point {
  if (points.length === 0) return { x: 0, y: 0 };
  return { x: Math.min(...points.map((p) => p.x)), y: Math.min(...points.map((p) => p.y)) };
}
