/** Which values a node may use: what is upstream of it, what its container gives it, the system's, the app's own. The variable picker shows these. */
import { ancestorsOf, childrenOf } from "./containers";
import { FAIL_BRANCH, nodeById, titleOf, type Definition, type GraphNode, type Json, type Selector } from "./document";
import type { Kinds, OutputSpec } from "./kinds";
import { failureOutputsOf, innerOutputsOf, listOf, outputsOf } from "./outputs";
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

/** Groups nearest first: the node just before comes on top, then what the container gives, the system's values last. */
export function scopeOf(doc: Definition, kinds: Kinds, nodeId: string, field = ""): ScopeGroup[] {
  const node = nodeById(doc, nodeId);
  if (!node) return [];
  const inside = readsInside(node.kind, field);
  const within = inside ? groupsOf(doc, kinds, childrenOf(doc, nodeId).map(({ id }) => id), "", true) : [];
  const own = inside || node.policy?.batch ? innerGroup(doc, kinds, node) : [];
  const around = ancestorsOf(doc, nodeId).flatMap((id) => {
    const container = nodeById(doc, id);
    return container ? [...innerGroup(doc, kinds, container), ...groupsOf(doc, kinds, besides(doc, id), id)] : [];
  });
  return [...own, ...within, ...groupsOf(doc, kinds, besides(doc, nodeId), nodeId), ...around, ...declaredGroups(doc), systemGroup(doc)];
}

/** Ids of the nodes whose outputs this one may use: before it, and before each container that holds it. */
export function knownTo(doc: Definition, nodeId: string, field = ""): Set<string> {
  const node = nodeById(doc, nodeId);
  const inside = node && readsInside(node.kind, field) ? childrenOf(doc, nodeId).map(({ id }) => id) : [];
  return new Set([...inside, ...[nodeId, ...ancestorsOf(doc, nodeId)].flatMap((id) => besides(doc, id))]);
}

/** What a selector that begins with a container, or with the node itself, may name when used by this node; null where it gives nothing to its inside. */
export function innerNames(doc: Definition, kinds: Kinds, head: string, user: GraphNode, field = ""): ReadonlySet<string> | null {
  const own = head === user.id && (readsInside(user.kind, field) || Boolean(user.policy?.batch));
  const source = own || ancestorsOf(doc, user.id).includes(head) ? nodeById(doc, head) : undefined;
  return source ? new Set(inner(doc, kinds, source).map(({ name }) => name)) : null;
}

/** Fields of a container that are read inside it: what each round gives, and when the rounds end. */
export function readsInside(kind: string, field: string): boolean {
  const top = field.split(".")[0];
  return (kind === "iteration" && top === "output") || (kind === "loop" && top === "break");
}

/** What lies before a node in the same container. */
function besides(doc: Definition, id: string): string[] {
  const parent = nodeById(doc, id)?.parent ?? null;
  const before = upstreamOf(doc, id);
  return childrenOf(doc, parent).map((node) => node.id).filter((other) => other !== id && before.has(other));
}

function groupsOf(doc: Definition, kinds: Kinds, ids: readonly string[], user: string, whole = false): ScopeGroup[] {
  const wanted = new Set(ids);
  const order = topological(doc).filter((id) => wanted.has(id));
  return order.reverse().flatMap((id): ScopeGroup[] => {
    const node = nodeById(doc, id);
    if (!node) return [];
    const failed = whole || mayHaveFailed(doc, node, user) ? failureOutputsOf(node) : [];
    return group(node, [...typedOutputs(doc, kinds, node), ...failed]);
  });
}

function innerGroup(doc: Definition, kinds: Kinds, node: GraphNode): ScopeGroup[] {
  return group(node, inner(doc, kinds, node));
}

function inner(doc: Definition, kinds: Kinds, node: GraphNode): OutputSpec[] {
  return innerOutputsOf(node, (selector) => typeOf(doc, kinds, selector));
}

function group(node: GraphNode, outputs: readonly OutputSpec[]): ScopeGroup[] {
  const variables = outputs.map(({ name, type }) => ({ selector: [node.id, name], name, type }));
  return variables.length > 0 ? [{ id: node.id, kind: node.kind, title: titleOf(node), variables }] : [];
}

/** What a node hands on; a list made by a container is a list of what each round gives. */
export function typedOutputs(doc: Definition, kinds: Kinds, node: GraphNode): OutputSpec[] {
  const outputs = outputsOf(node, kinds.get(node.kind));
  if (node.kind !== "iteration") return outputs;
  const each = typeOf(doc, kinds, node.config.output);
  return outputs.map((output) => (output.name === "output" && each !== "any" ? { ...output, type: node.config.flatten === true && each.startsWith("array") ? each : listOf(each) } : output));
}

/** The type of what a selector leads to, as far as the document tells. */
export function typeOf(doc: Definition, kinds: Kinds, selector: Json | undefined, depth = 0): string {
  if (!Array.isArray(selector) || selector.length !== 2 || depth > 8) return "any";
  const [head, name] = selector.map(String);
  const declared = [...declaredGroups(doc), systemGroup(doc)].find(({ id }) => id === head)?.variables ?? [];
  const node = nodeById(doc, head ?? "");
  const named = node ? [...outputsOf(node, kinds.get(node.kind)), ...innerOutputsOf(node, (next) => typeOf(doc, kinds, next, depth + 1))] : declared;
  return named.find((output) => output.name === name)?.type ?? "any";
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
  return groups.filter((one) => one.id === head).flatMap((one) => one.variables).find((variable) => variable.name === name);
}

/** A search as one types it: every word must occur in the title or the name. */
export function filterScope(groups: readonly ScopeGroup[], query: string): ScopeGroup[] {
  const words = query.toLowerCase().split(/[\s.]+/).filter(Boolean);
  if (words.length === 0) return [...groups];
  return groups.flatMap((one) => {
    const variables = one.variables.filter(({ name }) => {
      const text = `${one.title} ${one.id} ${name}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    return variables.length > 0 ? [{ ...one, variables }] : [];
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
