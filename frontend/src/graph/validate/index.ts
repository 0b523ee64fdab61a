/** Checks a document while it is typed. The server checks again with the same codes; its word is merged in. */
import type { Definition, Fault, GraphNode } from "../document";
import type { Kinds } from "../kinds";
import { complete, withinSchema } from "./config";
import { soundReferences } from "./references";
import { knownDatasets, knownModels, UNKNOWN_RESOURCES, type Resources } from "./resources";
import type { Lack, Rule } from "./rules";
import { hasResult, hasStart, knownKinds, noCycle, reachable, soundContainers, soundEdges } from "./structure";

const RULES: readonly Rule[] = [
  hasStart,
  hasResult,
  knownKinds,
  soundEdges,
  soundContainers,
  noCycle,
  reachable,
  soundReferences,
  complete,
  knownModels,
  knownDatasets,
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
  "edge_crosses_container",
  "parent_unknown",
  "parent_not_container",
  "loop_end_outside",
  "root_in_container",
  "body_empty",
  "body_entry_missing",
  "node_unreachable",
  "reference_unknown_node",
  "reference_unknown_output",
  "reference_unknown_variable",
  "reference_not_upstream",
]);

/** Codes that speak of a node's edges: another edge may have settled them. */
const OF_EDGES = new Set(["handle_unconnected", "answer_unreachable", "end_unreachable", "edge_into_start"]);

/** Decided here as soon as it is known what the workspace has. */
function isSettled(code: string, { providers, datasets }: Resources): boolean {
  return code === "dataset_not_found" ? datasets !== null : providers !== null && (code === "model_provider_unknown" || code === "model_unlisted");
}

export { UNKNOWN_RESOURCES, type Resources } from "./resources";
export type { Lack } from "./rules";

const NOTHING_LACKS = () => [];

export function validate(
  doc: Definition,
  kinds: Kinds,
  lacks: (node: GraphNode) => readonly Lack[] = NOTHING_LACKS,
  resources: Resources = UNKNOWN_RESOURCES,
): Fault[] {
  const nodes = new Map(doc.nodes.map((node) => [node.id, node]));
  return unique(RULES.flatMap((rule) => rule({ doc, kinds, nodes, lacks, resources })));
}

/** What the server found, and where. */
export interface ServerWord {
  faults: readonly Fault[];
  /** The document it looked at. */
  seen: Definition;
}

/** What is known here, and what only the server can know about nodes that are still as they were when it looked. */
export function mergeFaults(doc: Definition, local: readonly Fault[], { faults, seen }: ServerWord, resources: Resources = UNKNOWN_RESOURCES): Fault[] {
  const now = new Map(doc.nodes.map((node) => [node.id, node]));
  const then = new Map(seen.nodes.map((node) => [node.id, node]));
  const places = new Set(local.map(placeOf));
  const holds = ({ node_id }: Fault) => (node_id === null ? sameGraph(doc, seen) : sameNode(now.get(node_id), then.get(node_id)));
  const open = ({ code }: Fault) => !LOCAL.has(code) && !isSettled(code, resources) && (!OF_EDGES.has(code) || doc.edges === seen.edges);
  const theirs = faults.filter((fault) => open(fault) && !places.has(placeOf(fault)) && holds(fault));
  return unique([...local, ...theirs]);
}

/** Commands change what they touch and share the rest, so what is the same object was not edited. */
function sameNode(now: GraphNode | undefined, then: GraphNode | undefined): boolean {
  return now !== undefined && now.config === then?.config && now.policy === then.policy && now.kind === then.kind;
}

function sameGraph(now: Definition, then: Definition): boolean {
  return now === then || (now.edges === then.edges && now.nodes.length === then.nodes.length && now.variables === then.variables);
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
