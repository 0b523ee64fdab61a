/** Rules about references: each must lead to a value that exists, and that exists by the time the node runs. */
import type { Fault, GraphNode, Selector } from "../document";
import { failureOutputsOf, isOpen, outputsOf } from "../outputs";
import { referencesOf, type Reference } from "../references";
import { innerNames, knownTo, systemNames } from "../scope";
import { fault, type Rule, type Subject } from "./rules";

export const soundReferences: Rule = (subject) =>
  subject.doc.nodes.flatMap((node) => {
    let upstream: Set<string> | null = null;
    const before = () => (upstream ??= knownTo(subject.doc, node.id));
    return referencesOf(node, subject.kinds).flatMap((reference) => check(subject, node, reference, before));
  });

function check(subject: Subject, node: GraphNode, { selector, field }: Reference, before: () => Set<string>): Fault[] {
  const [head, name] = selector;
  if (head === undefined || head === "" || (head === "context" && name === undefined)) return [];
  const place = { node: node.id, field, params: { reference: selector.join(".") } };
  if (isDeclaredHead(head)) return checkDeclared(subject, selector, place);
  const source = subject.nodes.get(head);
  if (!source) {
    return [fault("reference_unknown_node", `"${selector.join(".")}" refers to a node that is not there.`, place)];
  }
  const unknown = () => fault("reference_unknown_output", `"${source.title}" has no output "${name ?? ""}".`, place);
  const inner = innerNames(subject.doc, subject.kinds, head, node, field);
  if (inner) return inner.has(name ?? "") ? [] : [unknown()];
  const kind = subject.kinds.get(source.kind);
  const defaults = source.policy?.on_error === "default" ? Object.keys(source.policy.default_outputs ?? {}) : [];
  const outputs = [...outputsOf(source, kind), ...failureOutputsOf(source), ...defaults.map((output) => ({ name: output }))];
  if (!isOpen(source, kind) && !outputs.some((output) => output.name === name)) return [unknown()];
  if (before().has(head) || knownTo(subject.doc, node.id, field).has(head)) return [];
  return [fault("reference_not_upstream", `"${source.title}" does not run before this node.`, place)];
}

interface Place {
  node: string;
  field: string;
  params: Record<string, string>;
}

function checkDeclared({ doc }: Subject, selector: Selector, place: Place): Fault[] {
  const [head, name = ""] = selector;
  const known =
    head === "sys"
      ? systemNames(doc)
      : new Set((head === "env" ? doc.variables.environment : doc.variables.conversation).map((row) => row.name));
  if (known.has(name)) return [];
  return [fault("reference_unknown_variable", `There is no variable "${selector.join(".")}".`, place)];
}

function isDeclaredHead(head: string): boolean {
  return head === "sys" || head === "env" || head === "conversation";
}
