/** The pure changes a document can go through. Each returns a new document, or the same one when nothing changes. */
import { BODY, SOURCE, type Definition, type Edge, type GraphNode, type JsonObject, type Place, type Policy } from "./document";
import { originOf, withContents } from "./containers";
import { freshEdgeId } from "./ids";
import { handlesOf, type Kinds } from "./kinds";
import { wouldCycle } from "./topology";

export type Connection = Omit<Edge, "id">;

export function insertNode(doc: Definition, node: GraphNode, at: Place): Definition {
  return { ...doc, nodes: [...doc.nodes, node], layout: { ...doc.layout, [node.id]: at } };
}

/** What lies in a container goes with it. */
export function removeNodes(doc: Definition, chosen: ReadonlySet<string>): Definition {
  if (!doc.nodes.some((node) => chosen.has(node.id))) return doc;
  const ids = withContents(doc, chosen);
  return {
    ...doc,
    nodes: doc.nodes.filter((node) => !ids.has(node.id)),
    edges: doc.edges.filter((edge) => !ids.has(edge.source) && !ids.has(edge.target)),
    layout: Object.fromEntries(Object.entries(doc.layout).filter(([id]) => !ids.has(id))),
  };
}

/** Puts nodes into a container, or out of all with null, where they stand. Edges that would cross a border go. */
export function putInto(doc: Definition, ids: ReadonlySet<string>, parent: string | null): Definition {
  const moving = doc.nodes.filter((node) => ids.has(node.id) && node.parent !== parent && node.id !== parent);
  if (moving.length === 0) return doc;
  const to = originOf(doc, parent);
  const layout = { ...doc.layout };
  for (const node of moving) {
    const from = originOf(doc, node.parent);
    const at = doc.layout[node.id] ?? { x: 0, y: 0 };
    layout[node.id] = { ...at, x: at.x + from.x - to.x, y: at.y + from.y - to.y };
  }
  const moved = new Set(moving.map((node) => node.id));
  const nodes = doc.nodes.map((node) => (moved.has(node.id) ? { ...node, parent } : node));
  return withoutCrossings({ ...doc, nodes, layout });
}

function withoutCrossings(doc: Definition): Definition {
  const nodes = new Map(doc.nodes.map((node) => [node.id, node]));
  const crossing = doc.edges.filter((edge) => {
    const source = nodes.get(edge.source);
    const target = nodes.get(edge.target);
    return source && target && crosses(source, edge.handle, target);
  });
  return removeEdges(doc, new Set(crossing.map((edge) => edge.id)));
}

/** Edges join nodes that lie in the same container; only a container itself leads into its own inside. */
export function crosses(source: GraphNode, handle: string, target: GraphNode): boolean {
  return handle === BODY ? target.parent !== source.id : source.parent !== target.parent;
}

export function removeEdges(doc: Definition, ids: ReadonlySet<string>): Definition {
  if (!doc.edges.some((edge) => ids.has(edge.id))) return doc;
  return { ...doc, edges: doc.edges.filter((edge) => !ids.has(edge.id)) };
}

/** A place that says nothing of a size leaves the size as it is. */
export function placeNodes(doc: Definition, places: Readonly<Record<string, Place>>): Definition {
  const moved = Object.entries(places)
    .map(([id, to]): [string, Place] => [id, { ...doc.layout[id], ...to }])
    .filter(([id, to]) => !samePlace(doc.layout[id], to));
  return moved.length === 0 ? doc : { ...doc, layout: { ...doc.layout, ...Object.fromEntries(moved) } };
}

export function connect(doc: Definition, connection: Connection): Definition {
  if (doc.edges.some((edge) => sameEnds(edge, connection))) return doc;
  return { ...doc, edges: [...doc.edges, { id: freshEdgeId(doc), ...connection }] };
}

/** May this edge be drawn? Not to itself, not in a circle, not twice, and only between handles that exist. */
export function canConnect(doc: Definition, kinds: Kinds, connection: Connection): boolean {
  return refusalOf(doc, kinds, connection) === null;
}

/** Why an edge may not be drawn, or null where it may. */
export type Refusal = "gone" | "level" | "start" | "self" | "twice" | "loop";

export function refusalOf(doc: Definition, kinds: Kinds, connection: Connection): Refusal | null {
  const source = doc.nodes.find((node) => node.id === connection.source);
  const target = doc.nodes.find((node) => node.id === connection.target);
  if (!source || !target) return "gone";
  if (source.id === target.id) return "self";
  if (crosses(source, connection.handle, target)) return "level";
  if (kinds.get(target.kind)?.accepts_input === false) return "start";
  if (!handlesOf(source, kinds.get(source.kind)).includes(connection.handle)) return "gone";
  if (doc.edges.some((edge) => sameEnds(edge, connection))) return "twice";
  return wouldCycle(doc, source.id, target.id) ? "loop" : null;
}

/** Puts a node that is already in the document into the middle of an edge. */
export function spliceEdge(doc: Definition, edgeId: string, nodeId: string, outHandle: string | undefined): Definition {
  const edge = doc.edges.find((candidate) => candidate.id === edgeId);
  if (!edge) return doc;
  const without = removeEdges(doc, new Set([edgeId]));
  const before = connect(without, { source: edge.source, handle: edge.handle, target: nodeId });
  return outHandle ? connect(before, { source: nodeId, handle: outHandle, target: edge.target }) : before;
}

export function patchNode(doc: Definition, id: string, change: (node: GraphNode) => GraphNode): Definition {
  let changed = false;
  const nodes = doc.nodes.map((node) => {
    if (node.id !== id) return node;
    const next = change(node);
    changed = next !== node;
    return next;
  });
  return changed ? { ...doc, nodes } : doc;
}

/** Gives a node its config, and takes away the edges that leave by handles it has no more. */
export function setConfig(doc: Definition, kinds: Kinds, id: string, config: JsonObject): Definition {
  const next = patchNode(doc, id, (node) => (node.config === config ? node : { ...node, config }));
  return next === doc ? doc : dropLostHandles(next, kinds, id);
}

export function setPolicy(doc: Definition, kinds: Kinds, id: string, policy: Policy): Definition {
  return dropLostHandles(
    patchNode(doc, id, (node) => ({ ...node, policy })),
    kinds,
    id,
  );
}

function dropLostHandles(doc: Definition, kinds: Kinds, id: string): Definition {
  const node = doc.nodes.find((candidate) => candidate.id === id);
  if (!node) return doc;
  const handles = new Set(handlesOf(node, kinds.get(node.kind)));
  const lost = doc.edges.filter((edge) => edge.source === id && !handles.has(edge.handle) && edge.handle !== SOURCE);
  return removeEdges(doc, new Set(lost.map((edge) => edge.id)));
}

function sameEnds(a: Connection, b: Connection): boolean {
  return a.source === b.source && a.handle === b.handle && a.target === b.target;
}

function samePlace(a: Place | undefined, b: Place): boolean {
  return a?.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}
