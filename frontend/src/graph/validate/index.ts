/** Checks a document while it is typed. The server checks again with the same codes; its word is merged in. */
import type { Definition, Fault, GraphNode } from "../document";
import type { Kinds } from "../kinds";
import { complete, withinSchema } from "./config";
import { soundReferences } from "./references";
import type { Lack, Rule } from "./rules";
import { hasResult, hasStart, knownKinds, noCycle, reachable, soundEdges } from "./structure";

const RULES: readonly Rule[] = [
  hasStart,
  hasResult,
  knownKinds,
  soundEdges,
  noCycle,
  reachable,
  soundReferences,
  complete,
  withinSchema,
];

/** Codes that are decided here at once; the server's slower word about them is not needed. */
const LOCAL = new Set([
  "start_missing",
  "start_duplicate",
  "answer_missing",
  "end_missing",
  "kind_unknown",
  "kind_not_in_mode",
  "edge_dangling",
  "handle_unknown",
  "graph_cycle",
  "node_unreachable",
  "reference_unknown_node",
  "reference_unknown_output",
  "reference_unknown_variable",
  "reference_not_upstream",
]);

export type { Lack } from "./rules";

export function validate(doc: Definition, kinds: Kinds, lacks: (node: GraphNode) => readonly Lack[] = () => []): Fault[] {
  const nodes = new Map(doc.nodes.map((node) => [node.id, node]));
  return unique(RULES.flatMap((rule) => rule({ doc, kinds, nodes, lacks })));
}

/** What is known here, and what only the server can know about nodes that still exist. */
export function mergeFaults(doc: Definition, local: readonly Fault[], server: readonly Fault[]): Fault[] {
  const ids = new Set(doc.nodes.map((node) => node.id));
  const places = new Set(local.map(placeOf));
  const theirs = server.filter((fault) => {
    if (LOCAL.has(fault.code) || places.has(placeOf(fault))) return false;
    return fault.node_id === null || ids.has(fault.node_id);
  });
  return unique([...local, ...theirs]);
}

export function faultsByNode(faults: readonly Fault[]): Map<string, Fault[]> {
  const map = new Map<string, Fault[]>();
  for (const fault of faults) {
    if (fault.node_id === null) continue;
    const list = map.get(fault.node_id);
    if (list) list.push(fault);
    else map.set(fault.node_id, [fault]);
  }
  return map;
}

/** The faults at a field or inside it. */
export function faultsAt(faults: readonly Fault[], field: string): Fault[] {
  return faults.filter((fault) => fault.field === field || fault.field?.startsWith(`${field}.`));
}

export function hasErrors(faults: readonly Fault[]): boolean {
  return faults.some((fault) => fault.severity === "error");
}

function placeOf(fault: Fault): string {
  return `${fault.node_id ?? ""}|${fault.field ?? ""}`;
}

function unique(faults: readonly Fault[]): Fault[] {
  const seen = new Set<string>();
  return faults.filter((fault) => {
    const key = `${fault.code}|${placeOf(fault)}|${fault.params?.reference ?? fault.params?.edge ?? ""}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
