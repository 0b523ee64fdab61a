/**
 * Agents that offer the same tools to the same model in another order. A model is shown its tools before everything
 * else, so in one order they are computed once for all these agents. A run never changes the order: it is the config's.
 */
import { isObject, nodeById, type Definition, type GraphNode, type JsonObject } from "../document";

export interface Reordered {
  /** The agent whose order is taken. */
  like: GraphNode;
  config: JsonObject;
}

export function toolsInOrder(doc: Definition, { id }: GraphNode): Reordered | null {
  const node = nodeById(doc, id);
  const own = node ? toolsOf(node) : [];
  if (!node || own.length < 2 || hasTwins(own)) return null;
  const like = doc.nodes.slice(0, doc.nodes.indexOf(node)).find((other) => sameModel(other, node) && sameSet(toolsOf(other), own));
  if (!like || keys(toolsOf(like)).join() === keys(own).join()) return null;
  const order = keys(toolsOf(like));
  const sorted = [...own].sort((a, b) => order.indexOf(JSON.stringify(a)) - order.indexOf(JSON.stringify(b)));
  return { like, config: { ...node.config, tools: [...sorted, ...listed(node).filter((row) => row.enabled === false)] } };
}

const listed = ({ config }: GraphNode): JsonObject[] => (Array.isArray(config.tools) ? config.tools.filter(isObject) : []);
const toolsOf = (node: GraphNode): JsonObject[] => (node.kind === "agent" ? listed(node).filter((row) => row.enabled !== false) : []);
const keys = (rows: readonly JsonObject[]) => rows.map((row) => JSON.stringify(row));

/** Tools of one name are told apart by the order they come in. */
function hasTwins(rows: readonly JsonObject[]): boolean {
  return new Set(rows.map((row) => String(row.tool))).size < rows.length;
}

function sameSet(a: readonly JsonObject[], b: readonly JsonObject[]): boolean {
  return keys(a).sort().join() === keys(b).sort().join();
}

function sameModel(a: GraphNode, b: GraphNode): boolean {
  const nameOf = ({ config: { model } }: GraphNode) => (isObject(model) ? `${String(model.provider)} ${String(model.name)}` : "");
  return nameOf(a) === nameOf(b);
}
