/**
 * Nodes inside nodes: who holds whom, where that is on the canvas, how large a frame must be.
 * A child's place counts from its container's corner; here it is turned into a place on the canvas and back.
 */
import { nodeById, type Definition, type GraphNode, type Place, type Point } from "./document";
import { isNote, type Kinds } from "./kinds";
import type { Size } from "./layout";

/** Room inside a frame: for its head, the way in at the left, and air around. */
export const INSET = { left: 84, top: 64, right: 28, bottom: 28 };
export const FRESH_FRAME: Size = { width: 520, height: 220 };
export const FRESH_NOTE: Size = { width: 240, height: 120 };
export const SMALLEST: Size = { width: 320, height: 160 };
const DEEPEST = 32;

export function childrenOf(doc: Definition, parent: string | null): GraphNode[] {
  return doc.nodes.filter((node) => node.parent === parent);
}

/** From the nearest container outwards. */
export function ancestorsOf(doc: Definition, id: string): string[] {
  const found: string[] = [];
  for (let at = nodeById(doc, id)?.parent ?? null; at !== null && found.length < DEEPEST && !found.includes(at); at = nodeById(doc, at)?.parent ?? null) found.push(at);
  return found;
}

/** The nodes themselves and all that lies in them. */
export function withContents(doc: Definition, ids: Iterable<string>): Set<string> {
  const all = new Set(ids);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { id, parent } of doc.nodes) {
      if (parent === null || !all.has(parent) || all.has(id)) continue;
      all.add(id);
      grown = true;
    }
  }
  return all;
}

/** Of nodes chosen together, those that lie in none of the others: moving these moves all. */
export function topmost(doc: Definition, ids: Iterable<string>): string[] {
  const chosen = new Set(ids);
  return [...chosen].filter((id) => !ancestorsOf(doc, id).some((above) => chosen.has(above)));
}

/** Where the corner of a container's inside is on the canvas; the canvas's own is 0, 0. */
export function originOf(doc: Definition, parent: string | null): Point {
  if (parent === null) return { x: 0, y: 0 };
  return [parent, ...ancestorsOf(doc, parent)].reduce((sum, id) => ({ x: sum.x + (doc.layout[id]?.x ?? 0), y: sum.y + (doc.layout[id]?.y ?? 0) }), { x: 0, y: 0 });
}

export function absoluteOf(doc: Definition, id: string): Point {
  const origin = originOf(doc, nodeById(doc, id)?.parent ?? null);
  const at = doc.layout[id];
  return { x: origin.x + (at?.x ?? 0), y: origin.y + (at?.y ?? 0) };
}

export function relativeTo(doc: Definition, parent: string | null, at: Point): Point {
  const origin = originOf(doc, parent);
  return { x: Math.round(at.x - origin.x), y: Math.round(at.y - origin.y) };
}

/** Sizes as the document says them for frames and notes, as drawn for cards. */
export function sizesIn(doc: Definition, kinds: Kinds, sizeOf: (id: string) => Size): (id: string) => Size {
  const nodes = new Map(doc.nodes.map((node) => [node.id, node]));
  return (id) => {
    const kind = kinds.get(nodes.get(id)?.kind ?? "");
    const fresh = kind?.container ? FRESH_FRAME : isNote(kind) ? FRESH_NOTE : null;
    return fresh ? frameSize(doc.layout[id], fresh) : sizeOf(id);
  };
}

export function frameSize(place: Place | undefined, fresh: Size): Size {
  return { width: place?.width ?? fresh.width, height: place?.height ?? fresh.height };
}

/** The innermost container under a point of the canvas, `except` these and what lies in them. */
export function containerAt(doc: Definition, kinds: Kinds, sizeOf: (id: string) => Size, at: Point, except: ReadonlySet<string> = new Set()): string | null {
  const size = sizesIn(doc, kinds, sizeOf);
  const without = withContents(doc, except);
  let best: { id: string; depth: number } | null = null;
  for (const { id, kind } of doc.nodes) {
    if (!kinds.get(kind)?.container || without.has(id) || !covers({ ...absoluteOf(doc, id), ...size(id) }, at)) continue;
    const depth = ancestorsOf(doc, id).length;
    if (!best || depth > best.depth) best = { id, depth };
  }
  return best?.id ?? null;
}

/** The frames that hold these nodes, made as large as what is in them needs; none gets smaller. */
export function growFrames(doc: Definition, kinds: Kinds, sizeOf: (id: string) => Size, ids: Iterable<string>): Definition {
  const frames = [...new Set([...ids].flatMap((id) => ancestorsOf(doc, id)))].sort((a, b) => ancestorsOf(doc, b).length - ancestorsOf(doc, a).length);
  return frames.reduce((current, id) => growFrame(current, kinds, sizeOf, id), doc);
}

function growFrame(doc: Definition, kinds: Kinds, sizeOf: (id: string) => Size, id: string): Definition {
  const size = sizesIn(doc, kinds, sizeOf);
  const children = childrenOf(doc, id).map((child) => ({ id: child.id, ...(doc.layout[child.id] ?? { x: INSET.left, y: INSET.top }) }));
  if (children.length === 0) return doc;
  const push = { x: Math.max(0, 12 - Math.min(...children.map(({ x }) => x))), y: Math.max(0, 48 - Math.min(...children.map(({ y }) => y))) };
  const now = size(id);
  const width = Math.max(now.width + push.x, ...children.map((child) => child.x + push.x + size(child.id).width + INSET.right));
  const height = Math.max(now.height + push.y, ...children.map((child) => child.y + push.y + size(child.id).height + INSET.bottom));
  if (width === now.width && height === now.height && push.x === 0 && push.y === 0) return doc;
  const at = doc.layout[id] ?? { x: 0, y: 0 };
  const layout = { ...doc.layout, [id]: { ...at, x: at.x - push.x, y: at.y - push.y, width, height } };
  for (const child of children) layout[child.id] = { ...layout[child.id], x: child.x + push.x, y: child.y + push.y };
  return { ...doc, layout };
}

function covers(box: Point & Size, at: Point): boolean {
  return at.x >= box.x && at.x <= box.x + box.width && at.y >= box.y && at.y <= box.y + box.height;
}
