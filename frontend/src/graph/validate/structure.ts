/** Rules about how nodes hang together. */
import { handlesOf } from "../kinds";
import { cyclic, reach, successors } from "../topology";
import { fault, warning, type Rule } from "./rules";

export const hasStart: Rule = ({ doc, kinds }) => {
  if (kinds.size === 0) return [];
  const starts = doc.nodes.filter((node) => node.parent === null && kinds.get(node.kind)?.accepts_input === false);
  if (starts.length === 1) return [];
  if (starts.length === 0) return [fault("start_missing", "The graph has no start node. Add one.")];
  return starts.slice(1).map((node) => fault("start_duplicate", "There is more than one start node.", { node: node.id }));
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
    if (!source || !nodes.has(edge.target)) {
      return [fault("edge_dangling", `Edge ${edge.id} leads to a node that is not there.`, { params })];
    }
    const kind = kinds.get(source.kind);
    if (!kind || handlesOf(source, kind).includes(edge.handle)) return [];
    return [fault("handle_unknown", `No output is called "${edge.handle}".`, { node: source.id, params })];
  });

export const noCycle: Rule = ({ doc }) => {
  const circle = cyclic(doc);
  return [...circle].map((node) => fault("graph_cycle", "This node leads back to itself.", { node }));
};

export const reachable: Rule = ({ doc, kinds }) => {
  const starts = doc.nodes.filter((node) => kinds.get(node.kind)?.accepts_input === false).map((node) => node.id);
  if (starts.length === 0) return [];
  const seen = reach(starts, successors(doc));
  const lost = doc.nodes.filter((node) => node.parent === null && !seen.has(node.id) && !starts.includes(node.id));
  return lost.map((node) =>
    warning("node_unreachable", "Nothing leads to this node, so it will never run.", { node: node.id }),
  );
};

/** A run must have a way to say something: an answer in a chat, an end in a workflow. */
export const hasResult: Rule = ({ doc, kinds }) => {
  const wanted = doc.app.mode === "chat" ? "answer" : "end";
  if (!kinds.has(wanted) || doc.nodes.some((node) => node.kind === wanted)) return [];
  return [fault(`${wanted}_missing`, `A ${doc.app.mode} app needs a node of kind "${wanted}".`, { params: { kind: wanted } })];
};
