/** Which values a node may use: what is upstream of it, the system's, the app's own. The variable picker shows these. */
import { FAIL_BRANCH, type Definition, type GraphNode, type Selector } from "./document";
import { failureOutputsOf, outputsOf, type Kinds } from "./kinds";
import { successors, topological, reach, upstreamOf } from "./topology";

export interface ScopeVariable {
  selector: Selector;
  name: string;
  type: string;
}

export interface ScopeGroup {
  /** A node's id, or `sys`, `env`, `conversation`. */
  id: string;
  kind: string | null;
  title: string;
  variables: ScopeVariable[];
}

const SYSTEM: readonly [name: string, type: string, chatOnly: boolean][] = [
  ["query", "string", true],
  ["files", "array[file]", false],
  ["conversation_id", "string", true],
  ["dialogue_count", "number", true],
  ["user_id", "string", false],
  ["app_id", "string", false],
  ["workflow_id", "string", false],
  ["run_id", "string", false],
  ["timestamp", "number", false],
];

/** Other names that the engine understands for the same system values. */
const SYSTEM_ALIASES = new Set(["workflow_run_id"]);

/** Groups nearest first: the node just before comes on top, the system's values last. */
export function scopeOf(doc: Definition, kinds: Kinds, nodeId: string): ScopeGroup[] {
  const upstream = upstreamOf(doc, nodeId);
  const order = topological(doc).filter((id) => upstream.has(id) && id !== nodeId);
  const nodes = new Map(doc.nodes.map((node) => [node.id, node]));
  const groups = order.reverse().flatMap((id): ScopeGroup[] => {
    const node = nodes.get(id);
    if (!node) return [];
    const outputs = [...outputsOf(node, kinds.get(node.kind)), ...(mayHaveFailed(doc, node, nodeId) ? failureOutputsOf(node) : [])];
    const variables = outputs.map(({ name, type }) => ({ selector: [id, name], name, type }));
    return variables.length > 0 ? [{ id, kind: node.kind, title: node.title, variables }] : [];
  });
  return [...groups, ...declaredGroups(doc), systemGroup(doc)];
}

/** A failure that is handled by a branch is known on that branch only; one handled by a value, everywhere after. */
function mayHaveFailed(doc: Definition, source: GraphNode, nodeId: string): boolean {
  if (source.policy?.on_error !== "branch") return true;
  const first = doc.edges.filter((edge) => edge.source === source.id && edge.handle === FAIL_BRANCH).map((edge) => edge.target);
  return first.includes(nodeId) || reach(first, successors(doc)).has(nodeId);
}

export function systemNames(doc: Definition): Set<string> {
  return new Set([...systemGroup(doc).variables.map((variable) => variable.name), ...SYSTEM_ALIASES]);
}

/** The variable a selector leads to, whatever path into its value follows. */
export function findVariable(groups: readonly ScopeGroup[], selector: Selector): ScopeVariable | undefined {
  const [head, name] = selector;
  return groups.find((group) => group.id === head)?.variables.find((variable) => variable.name === name);
}

/** A search as one types it: every word must occur in the title or the name. */
export function filterScope(groups: readonly ScopeGroup[], query: string): ScopeGroup[] {
  const words = query.toLowerCase().split(/[\s.]+/).filter(Boolean);
  if (words.length === 0) return [...groups];
  return groups.flatMap((group) => {
    const variables = group.variables.filter(({ name }) => {
      const text = `${group.title} ${group.id} ${name}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    return variables.length > 0 ? [{ ...group, variables }] : [];
  });
}

function declaredGroups(doc: Definition): ScopeGroup[] {
  const heads = [
    ["conversation", doc.variables.conversation],
    ["env", doc.variables.environment],
  ] as const;
  return heads.flatMap(([id, list]) => {
    const variables = list.map(({ name, type }) => ({ selector: [id, name], name, type }));
    return variables.length > 0 ? [{ id, kind: null, title: id, variables }] : [];
  });
}

function systemGroup(doc: Definition): ScopeGroup {
  const chat = doc.app.mode === "chat";
  const usable = SYSTEM.filter(([, , chatOnly]) => chat || !chatOnly);
  const variables = usable.map(([name, type]) => ({ selector: ["sys", name], name, type }));
  return { id: "sys", kind: null, title: "sys", variables };
}
