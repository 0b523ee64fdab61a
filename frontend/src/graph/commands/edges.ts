/** Commands about edges. */
import { canConnect, connect, removeEdges, removeNodes, type Connection } from "../edit";
import type { Command } from "./command";

export const connectNodes: Command<Connection> = {
  id: "edge.connect",
  label: "command.connect",
  undo: "now",
  enabled: (doc, connection, { kinds }) => canConnect(doc, kinds, connection),
  apply: connect,
};

export const disconnect: Command<{ ids: readonly string[] }> = {
  id: "edge.disconnect",
  label: "command.disconnect",
  undo: "now",
  enabled: (_, { ids }) => ids.length > 0,
  apply: (doc, { ids }) => removeEdges(doc, new Set(ids)),
};

/** Takes one end of an edge elsewhere. */
export const reconnect: Command<{ id: string; connection: Connection }> = {
  id: "edge.reconnect",
  label: "command.reconnect",
  undo: "now",
  enabled: (doc, { id, connection }, { kinds }) => canConnect(removeEdges(doc, new Set([id])), kinds, connection),
  apply: (doc, { id, connection }) => connect(removeEdges(doc, new Set([id])), connection),
};

/** Nodes and edges in one step, as the Delete key means it. */
export const deleteSelection: Command<{ nodes: readonly string[]; edges: readonly string[] }> = {
  id: "selection.delete",
  label: "command.delete",
  shortcut: "Backspace",
  undo: "now",
  enabled: (_, { nodes, edges }) => nodes.length + edges.length > 0,
  apply: (doc, { nodes, edges }) => removeNodes(removeEdges(doc, new Set(edges)), new Set(nodes)),
};
