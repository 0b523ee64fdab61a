/** Commands about nodes. */
import { clearSpot, cornerOf, cut, paste, type Fragment } from "../clipboard";
import { nodeById, type Definition, type GraphNode, type Json, type JsonObject, type Point, type Policy } from "../document";
import {
  canConnect,
  connect,
  insertNode,
  patchNode,
  placeNodes,
  removeNodes,
  setConfig,
  setPolicy,
  spliceEdge,
  type Connection,
} from "../edit";
import { freshNodeId, freshTitle, nodeIds } from "../ids";
import { handlesOf, outputsOf, type Kinds } from "../kinds";
import { rewriteReferences } from "../references";
import type { Command } from "./command";

type Ids = { ids: readonly string[] };

export interface AddArgs {
  kind: string;
  title: string;
  at: Point;
  /** Draw an edge from here to the new node. */
  from?: { node: string; handle: string };
  /** Draw an edge from the new node to here. */
  to?: { node: string };
  /** Put the new node into the middle of this edge. */
  onEdge?: string;
}

export const addNode: Command<AddArgs> = {
  id: "node.add",
  label: "command.addNode",
  shortcut: "/",
  undo: "now",
  enabled: (doc, { kind }, { kinds }) => mayAdd(doc, kinds, kind),
  apply: (doc, args, { kinds }) => {
    const node = makeNode(doc, kinds, args);
    const placed = insertNode(doc, node, args.at);
    const out = handlesOf(node, kinds.get(node.kind))[0];
    if (args.onEdge) return spliceEdge(placed, args.onEdge, node.id, out);
    if (args.from) return tryConnect(placed, kinds, { source: args.from.node, handle: args.from.handle, target: node.id });
    if (args.to && out) return tryConnect(placed, kinds, { source: node.id, handle: out, target: args.to.node });
    return placed;
  },
};

export const moveNodes: Command<{ places: Readonly<Record<string, Point>> }> = {
  id: "node.move",
  label: "command.move",
  undo: "merge",
  mergeKey: ({ places }) => Object.keys(places).sort().join(","),
  enabled: () => true,
  apply: (doc, { places }) => placeNodes(doc, places),
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
    return paste(doc, kinds, fragment, clearSpot(doc, fragment, cornerOf(fragment), sizeOf)).doc;
  },
};

export const pasteNodes: Command<{ fragment: Fragment; at: Point }> = {
  id: "node.paste",
  label: "command.paste",
  shortcut: "Mod+V",
  undo: "now",
  enabled: (_, { fragment }) => fragment.nodes.length > 0,
  apply: (doc, { fragment, at }, { kinds }) => paste(doc, kinds, fragment, at).doc,
};

/** A kind without an entrance is where a run begins; there is one. The app's mode rules some kinds out. */
export function mayAdd(doc: Definition, kinds: Kinds, kind: string): boolean {
  const known = kinds.get(kind);
  if (!known || !known.modes.includes(doc.app.mode)) return false;
  return known.accepts_input || !doc.nodes.some((node) => node.kind === kind);
}

function makeNode(doc: Definition, kinds: Kinds, { kind, title, from, onEdge }: AddArgs): GraphNode {
  const beside = from?.node ?? doc.edges.find((edge) => edge.id === onEdge)?.source;
  const titles = new Set(doc.nodes.map((node) => node.title));
  return {
    id: freshNodeId(nodeIds(doc), kind.replace(/-/g, "_")),
    kind,
    title: freshTitle(titles, title),
    parent: beside ? (nodeById(doc, beside)?.parent ?? null) : null,
    config: structuredClone(freshConfig(doc, kinds, kind)),
  };
}

/** A workflow is asked nothing: where a kind would begin with the question, it begins with the first text it is given. */
function freshConfig(doc: Definition, kinds: Kinds, kind: string): JsonObject {
  const defaults = kinds.get(kind)?.defaults ?? {};
  if (doc.app.mode !== "workflow") return defaults;
  const start = doc.nodes.find((node) => node.parent === null && kinds.get(node.kind)?.accepts_input === false);
  const text = start && outputsOf(start, kinds.get(start.kind)).find((output) => output.type === "string");
  const instead = start && text ? [start.id, text.name] : [];
  return Object.fromEntries(Object.entries(defaults).map(([field, value]) => [field, isQuestion(value) ? instead : value]));
}

function isQuestion(value: Json): boolean {
  return Array.isArray(value) && value.length === 2 && value[0] === "sys" && value[1] === "query";
}

function tryConnect(doc: Definition, kinds: Kinds, connection: Connection): Definition {
  return canConnect(doc, kinds, connection) ? connect(doc, connection) : doc;
}
