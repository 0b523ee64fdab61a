/** Commands about nodes. */
import { clearSpot, cornerOf, cut, paste, type Fragment } from "../clipboard";
import { absoluteOf, childrenOf, FRESH_FRAME, FRESH_NOTE, growFrames, INSET, relativeTo, SMALLEST, sizesIn, topmost, withContents } from "../containers";
import { BODY, isObject, nodeById, type Definition, type GraphNode, type Json, type JsonObject, type Place, type Point, type Policy } from "../document";
import {
  canConnect,
  connect,
  insertNode,
  patchNode,
  placeNodes,
  putInto,
  removeNodes,
  setConfig,
  setPolicy,
  spliceEdge,
  type Connection,
} from "../edit";
import { freshNodeId, freshTitle, nodeIds } from "../ids";
import { handlesOf, isNote, isRoot, isSingle, type Kinds } from "../kinds";
import { outputsOf } from "../outputs";
import { freeSpot, type Size } from "../layout";
import { rewriteReferences } from "../references";
import type { Command } from "./command";

type Ids = { ids: readonly string[] };

export interface AddArgs {
  kind: string;
  title: string;
  /** On the canvas, wherever the node will belong. */
  at: Point;
  /** The container it is put into; where an edge is given, the edge tells. */
  parent?: string | null;
  /** Draw an edge from here to the new node. */
  from?: { node: string; handle: string };
  /** Draw an edge from the new node to here. */
  to?: { node: string };
  /** Put the new node into the middle of this edge. */
  onEdge?: string;
  /** Asked where no node of the app asks a model yet. */
  model?: { provider: string; name: string } | null;
}

export const addNode: Command<AddArgs> = {
  id: "node.add",
  label: "command.addNode",
  shortcut: "/",
  undo: "now",
  enabled: (doc, args, { kinds }) => mayAdd(doc, kinds, args.kind, parentFor(doc, kinds, args)),
  apply: (doc, args, { kinds, sizeOf }) => {
    const node = makeNode(doc, kinds, args);
    const placed = insertNode(doc, node, { ...relativeTo(doc, node.parent, args.at), ...freshSize(kinds, node.kind) });
    const roomy = growFrames(placed, kinds, sizeOf, [node.id]);
    const out = handlesOf(node, kinds.get(node.kind)).find((handle) => handle !== BODY);
    if (args.onEdge) return spliceEdge(roomy, args.onEdge, node.id, out);
    if (args.from) return tryConnect(roomy, kinds, { source: args.from.node, handle: args.from.handle, target: node.id });
    if (args.to && out) return tryConnect(roomy, kinds, { source: node.id, handle: out, target: args.to.node });
    return begunBy(roomy, kinds, node);
  },
};

/** The first node of a container is where its rounds begin. */
function begunBy(doc: Definition, kinds: Kinds, node: GraphNode): Definition {
  if (node.parent === null || doc.edges.some((edge) => edge.source === node.parent && edge.handle === BODY)) return doc;
  return tryConnect(doc, kinds, { source: node.parent, handle: BODY, target: node.id });
}

function freshSize(kinds: Kinds, kind: string): Partial<Place> {
  const known = kinds.get(kind);
  return known?.container ? FRESH_FRAME : isNote(known) ? FRESH_NOTE : {};
}

export const moveNodes: Command<{ places: Readonly<Record<string, Place>> }> = {
  id: "node.move",
  label: "command.move",
  undo: "merge",
  mergeKey: ({ places }) => Object.keys(places).sort().join(","),
  enabled: () => true,
  apply: (doc, { places }, { kinds, sizeOf }) => growFrames(placeNodes(doc, places), kinds, sizeOf, Object.keys(places)),
};

/** Takes nodes into a container, or out of all; edges that would cross its border go. Places are on the canvas, where the nodes are to lie. */
export const reparent: Command<{ ids: readonly string[]; parent: string | null; places?: Readonly<Record<string, Point>> }> = {
  id: "node.reparent",
  label: "command.reparent",
  undo: "now",
  enabled: (doc, { ids, parent }, { kinds }) => ids.length > 0 && ids.every((id) => mayLieIn(doc, kinds, id, parent)),
  apply: (doc, { ids, parent, places = {} }, { kinds, sizeOf }) => {
    const moving = new Set(topmost(doc, ids));
    const inside = putInto(doc, moving, parent);
    const own = Object.entries(places).filter(([id]) => moving.has(id));
    const asked = own.map(([id, at]): [string, Point] => [id, relativeTo(inside, parent, at)]);
    const placed = placeNodes(inside, Object.fromEntries(asked.length > 0 ? asked : freeIn(inside, moving, parent, sizesIn(inside, kinds, sizeOf))));
    const first = moving.size === 1 ? nodeById(placed, [...moving][0] ?? "") : undefined;
    return growFrames(first ? begunBy(placed, kinds, first) : placed, kinds, sizeOf, moving);
  },
};

/** Without a place to go to: in a row after what already lies there. */
function freeIn(doc: Definition, moving: ReadonlySet<string>, parent: string | null, size: (id: string) => Size): [string, Point][] {
  if (parent === null) {
    return [...moving].map((id): [string, Point] => [id, freeSpot({ ...doc, nodes: doc.nodes.filter((node) => node.id !== id) }, absoluteOf(doc, id), size)]);
  }
  const there = childrenOf(doc, parent).filter((node) => !moving.has(node.id));
  let x = Math.max(INSET.left, ...there.map((node) => (doc.layout[node.id]?.x ?? 0) + size(node.id).width + 64));
  return [...moving].map((id) => {
    const spot: [string, Point] = [id, { x, y: INSET.top }];
    x += size(id).width + 64;
    return spot;
  });
}

/** A run begins outside of containers and ends there, and nothing lies in itself. */
export function mayLieIn(doc: Definition, kinds: Kinds, id: string, parent: string | null): boolean {
  if (parent === null) return true;
  const node = nodeById(doc, id);
  return node !== undefined && !withContents(doc, [id]).has(parent) && fitsInside(kinds, node.kind);
}

function fitsInside(kinds: Kinds, kind: string): boolean {
  return !isRoot(kinds.get(kind)) && kind !== "end";
}

/** Draws a frame or a note larger or smaller; what lies in a frame stays where it is, and keeps its room. */
export const resizeFrame: Command<{ id: string; place: Required<Place> }> = {
  id: "node.resize",
  label: "command.resize",
  undo: "merge",
  mergeKey: ({ id }) => id,
  enabled: () => true,
  apply: (doc, { id, place }, { kinds, sizeOf }) => {
    const least = kinds.get(nodeById(doc, id)?.kind ?? "")?.container ? SMALLEST : { width: 120, height: 48 };
    const size = { width: Math.max(place.width, least.width), height: Math.max(place.height, least.height) };
    const from = doc.layout[id] ?? place;
    const children = childrenOf(doc, id).map((child) => child.id);
    const stay = Object.fromEntries(children.map((child): [string, Place] => {
      const at = doc.layout[child] ?? { x: 0, y: 0 };
      return [child, { ...at, x: at.x + from.x - place.x, y: at.y + from.y - place.y }];
    }));
    return growFrames(placeNodes(doc, { [id]: { ...place, ...size }, ...stay }), kinds, sizeOf, [id, ...children]);
  },
};

export const deleteNodes: Command<Ids> = {
  id: "node.delete",
  label: "command.delete",
  shortcut: "Backspace",
  undo: "now",
  enabled: (_, { ids }) => ids.length > 0,
  apply: (doc, { ids }) => removeNodes(doc, new Set(ids)),
};

export const renameNode: Command<{ id: string; title: string }> = {
  id: "node.rename",
  label: "command.rename",
  undo: "merge",
  mergeKey: ({ id }) => id,
  enabled: (_, { title }) => title.trim() !== "",
  apply: (doc, { id, title }) => patchNode(doc, id, (node) => (node.title === title ? node : { ...node, title })),
};

export const configure: Command<{ id: string; config: JsonObject; field?: string }> = {
  id: "node.configure",
  label: "command.configure",
  undo: "merge",
  mergeKey: ({ id, field }) => `${id}:${field ?? ""}`,
  enabled: () => true,
  apply: (doc, { id, config }, { kinds }) => setConfig(doc, kinds, id, config),
};

/** An output got another name: those who use it follow. */
export const renameOutput: Command<{ id: string; from: string; to: string; config: JsonObject }> = {
  id: "node.renameOutput",
  label: "command.renameOutput",
  undo: "merge",
  mergeKey: ({ id }) => id,
  enabled: () => true,
  apply: (doc, { id, from, to, config }, { kinds }) => {
    const next = setConfig(doc, kinds, id, config);
    if (from === "" || to === "") return next;
    return rewriteReferences(next, kinds, (selector) =>
      selector[0] === id && selector[1] === from ? [id, to, ...selector.slice(2)] : selector,
    );
  },
};

export const changePolicy: Command<{ id: string; policy: Policy }> = {
  id: "node.policy",
  label: "command.policy",
  undo: "merge",
  mergeKey: ({ id }) => id,
  enabled: () => true,
  apply: (doc, { id, policy }, { kinds }) => setPolicy(doc, kinds, id, policy),
};

export const duplicate: Command<Ids> = {
  id: "node.duplicate",
  label: "command.duplicate",
  shortcut: "Mod+D",
  undo: "now",
  enabled: (_, { ids }) => ids.length > 0,
  apply: (doc, { ids }, { kinds, sizeOf }) => {
    const fragment = cut(doc, new Set(ids));
    const into = commonParent(doc, topmost(doc, ids));
    const at = clearSpot(doc, fragment, cornerOf(fragment), sizesIn(doc, kinds, sizeOf), into);
    const pasted = paste(doc, kinds, fragment, at, into);
    return growFrames(pasted.doc, kinds, sizeOf, pasted.ids);
  },
};

function commonParent(doc: Definition, ids: readonly string[]): string | null {
  const parents = new Set(ids.map((id) => nodeById(doc, id)?.parent ?? null));
  return parents.size === 1 ? ([...parents][0] ?? null) : null;
}

export const pasteNodes: Command<{ fragment: Fragment; at: Point; into?: string | null }> = {
  id: "node.paste",
  label: "command.paste",
  shortcut: "Mod+V",
  undo: "now",
  enabled: (_, { fragment }) => fragment.nodes.length > 0,
  apply: (doc, { fragment, at, into = null }, { kinds, sizeOf }) => {
    const fits = fragment.nodes.every((node) => fitsInside(kinds, node.kind));
    const pasted = paste(doc, kinds, fragment, at, fits ? into : null);
    return growFrames(pasted.doc, kinds, sizeOf, pasted.ids);
  },
};

/** There is one start form; the app's mode and the container rule some kinds out. */
export function mayAdd(doc: Definition, kinds: Kinds, kind: string, parent: string | null = null): boolean {
  const known = kinds.get(kind);
  if (!known || !known.modes.includes(doc.app.mode)) return false;
  if (parent !== null && !fitsInside(kinds, kind)) return false;
  if (kind === "loop-end" && nodeById(doc, parent ?? "")?.kind !== "loop") return false;
  return !isSingle(known) || !doc.nodes.some((node) => node.kind === kind);
}

/** Where a new node belongs: in the container of the edge it is put on, else where it was asked for. */
export function parentFor(doc: Definition, kinds: Kinds, { from, onEdge, parent, kind }: Pick<AddArgs, "from" | "onEdge" | "parent" | "kind">): string | null {
  const edge = onEdge === undefined ? undefined : doc.edges.find((one) => one.id === onEdge);
  const source = edge ? { node: edge.source, handle: edge.handle } : from;
  const wish = source ? (source.handle === BODY ? source.node : (nodeById(doc, source.node)?.parent ?? null)) : (parent ?? null);
  return wish !== null && !fitsInside(kinds, kind) ? null : wish;
}

function makeNode(doc: Definition, kinds: Kinds, args: AddArgs): GraphNode {
  const { kind, title } = args;
  const titles = new Set(doc.nodes.map((node) => node.title));
  return {
    id: freshNodeId(nodeIds(doc), kind.replace(/-/g, "_")),
    kind,
    title: freshTitle(titles, title),
    parent: parentFor(doc, kinds, args),
    config: structuredClone(withModel(doc, freshConfig(doc, kinds, kind), args.model ?? null)),
  };
}

/** A workflow is asked nothing: where a kind would begin with the question, it begins with the first text it is given. */
function freshConfig(doc: Definition, kinds: Kinds, kind: string): JsonObject {
  const defaults = kinds.get(kind)?.defaults ?? {};
  if (doc.app.mode !== "workflow") return defaults;
  const start = doc.nodes.find((node) => isSingle(kinds.get(node.kind)));
  const text = start && outputsOf(start, kinds.get(start.kind)).find((output) => output.type === "string");
  const instead = start && text ? [start.id, text.name] : [];
  return Object.fromEntries(Object.entries(defaults).map(([field, value]) => [field, withoutQuestion(value, instead)]));
}

const QUESTION = "{{#sys.query#}}";

/** Selectors and templates alike, however deep they lie. */
function withoutQuestion(value: Json, instead: string[]): Json {
  if (isQuestion(value)) return instead;
  if (typeof value === "string") return value.replaceAll(QUESTION, instead.length > 0 ? `{{#${instead.join(".")}#}}` : "");
  if (Array.isArray(value)) return value.map((entry) => withoutQuestion(entry, instead));
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, withoutQuestion(entry, instead)])) : value;
}

/** Begins with the model that the app asks most often, else with the one given. */
function withModel(doc: Definition, config: JsonObject, given: AddArgs["model"]): JsonObject {
  const { model } = config;
  if (!isObject(model) || model.name) return config;
  const chosen = mostUsed(doc) ?? given;
  return chosen ? { ...config, model: { ...model, provider: chosen.provider, name: chosen.name } } : config;
}

function mostUsed(doc: Definition): { provider: string; name: string } | undefined {
  const counts = new Map<string, number>();
  for (const { config: { model } } of doc.nodes) {
    if (!isObject(model) || !model.provider || !model.name) continue;
    const key = JSON.stringify([model.provider, model.name]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const [first] = [...counts].sort((a, b) => b[1] - a[1]);
  if (!first) return undefined;
  const [provider = "", name = ""] = JSON.parse(first[0]) as string[];
  return { provider, name };
}

function isQuestion(value: Json): boolean {
  return Array.isArray(value) && value.length === 2 && value[0] === "sys" && value[1] === "query";
}

function tryConnect(doc: Definition, kinds: Kinds, connection: Connection): Definition {
  return canConnect(doc, kinds, connection) ? connect(doc, connection) : doc;
}
