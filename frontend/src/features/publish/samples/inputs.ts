/** Example values for an app's inputs, from the variables of its start node. Reads only the part of the document it needs. */
interface StartVariable { name: string; type: string; default?: unknown; options?: string[]; required?: boolean }
interface StartNode { kind: string; config?: { variables?: StartVariable[] } }

const EXAMPLES: Record<string, unknown> = { text: "…", paragraph: "…", number: 1, checkbox: true, json: {} };

export function sampleInputs(document: { nodes?: unknown } | undefined): Record<string, unknown> {
  const nodes = Array.isArray(document?.nodes) ? (document.nodes as StartNode[]) : [];
  const variables = nodes.find((node) => node.kind === "start")?.config?.variables ?? [];
  return Object.fromEntries(variables.filter((variable) => !variable.type.startsWith("file")).map((variable) => [variable.name, example(variable)]));
}

function example(variable: StartVariable): unknown {
  if (variable.default !== undefined && variable.default !== null && variable.default !== "") return variable.default;
  if (variable.type === "select") return variable.options?.[0] ?? "";
  return EXAMPLES[variable.type] ?? "…";
}
