/** Rules about how nodes hang together. */
import { childrenOf } from "../containers";
import { crosses } from "../edit";
import { BODY, nodeById } from "../document";
import { beginsRuns, handlesOf, isNote, isSingle } from "../kinds";
import { cyclic, reach, successors } from "../topology";
import { fault, warning, type Rule } from "./rules";

export const hasStart: Rule = ({ doc, kinds }) => {
  if (kinds.size === 0) return [];
  const roots = doc.nodes.filter((node) => beginsRuns(node, kinds.get(node.kind)));
  if (roots.length === 0) return [fault("start_missing", "The graph has no start node. Add one.")];
  const single = roots.filter((node) => isSingle(kinds.get(node.kind)));
  const inside = roots.filter((node) => node.parent !== null);
  return [
    ...single.slice(1).map((node) => fault("start_duplicate", "There is more than one start node.", { node: node.id })),
    ...inside.map((node) => fault("root_in_container", "A run cannot begin inside a container.", { node: node.id })),
  ];
};

export const knownKinds: Rule = ({ doc, kinds }) => {
  if (kinds.size === 0) return [];
  return doc.nodes.flatMap((node) => {
    const kind = kinds.get(node.kind);
    const params = { kind: node.kind, mode: doc.app.mode };
    if (!kind) return [fault("kind_unknown", `There is no node kind "${node.kind}".`, { node: node.id, params })];
    if (kind.modes.includes(doc.app.mode)) return [];
    return [fault("kind_not_in_mode", `A ${node.kind} node does not work in a ${doc.app.mode} app.`, { node: node.id, params })];
  });
};

export const soundEdges: Rule = ({ doc, kinds, nodes }) =>
  doc.edges.flatMap((edge) => {
    const source = nodes.get(edge.source);
    const params = { edge: edge.id, handle: edge.handle };
    const target = nodes.get(edge.target);
    if (!source || !target) {
      return [fault("edge_dangling", `Edge ${edge.id} leads to a node that is not there.`, { params })];
    }
    if (crosses(source, edge.handle, target)) {
      return [fault("edge_crosses_container", `Edge ${edge.id} crosses the border of a container.`, { node: source.id, params })];
    }
    const kind = kinds.get(source.kind);
    if (!kind || handlesOf(source, kind).includes(edge.handle)) return [];
    return [fault("handle_unknown", `No output is called "${edge.handle}".`, { node: source.id, params })];
  });

/** Leaving a loop makes sense inside one only; containers begin somewhere. */
export const soundContainers: Rule = ({ doc, kinds, nodes }) =>
  doc.nodes.flatMap((node) => {
    if (node.parent !== null && !nodes.has(node.parent)) return [fault("parent_unknown", "The container of this node is not there.", { node: node.id })];
    if (node.parent !== null && !kinds.get(nodes.get(node.parent)?.kind ?? "")?.container) {
      return [fault("parent_not_container", "Nothing can lie in the node that this one lies in.", { node: node.id })];
    }
    if (node.kind === "loop-end" && nodeById(doc, node.parent ?? "")?.kind !== "loop") {
      return [fault("loop_end_outside", "There is no loop here that this node could end.", { node: node.id })];
    }
    if (!kinds.get(node.kind)?.container || doc.edges.some((edge) => edge.source === node.id && edge.handle === BODY)) return [];
    if (childrenOf(doc, node.id).length === 0) return [fault("body_empty", "There is nothing in this container to run.", { node: node.id })];
    return [fault("body_entry_missing", "Nothing leads into this container.", { node: node.id })];
  });

export const noCycle: Rule = ({ doc }) => {
  const circle = cyclic(doc);
  return [...circle].map((node) => fault("graph_cycle", "This node leads back to itself.", { node }));
};

export const reachable: Rule = ({ doc, kinds }) => {
  const starts = doc.nodes.filter((node) => beginsRuns(node, kinds.get(node.kind))).map((node) => node.id);
  if (starts.length === 0) return [];
  const seen = reach(starts, successors(doc));
  const lost = doc.nodes.filter((node) => !seen.has(node.id) && !starts.includes(node.id) && !isNote(kinds.get(node.kind)));
  const outermost = lost.filter((node) => !lost.some((other) => other.id === node.parent));
  return outermost.map((node) =>
    warning("node_unreachable", "Nothing leads to this node, so it will never run.", { node: node.id }),
  );
};

/** A run must have a way to say something: an answer in a chat, an end in a workflow. */
export const hasResult: Rule = ({ doc, kinds }) => {
  const wanted = doc.app.mode === "chat" ? "answer" : "end";
  if (!kinds.has(wanted) || doc.nodes.some((node) => node.kind === wanted)) return [];
  return [fault(`${wanted}_missing`, `A ${doc.app.mode} app needs a node of kind "${wanted}".`, { params: { kind: wanted } })];
};
