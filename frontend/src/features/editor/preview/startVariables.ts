/** What a run is given: the start form read from the document, its first values, and what is still missing. */
import { isObject, type Definition, type Json, type JsonObject, type Kinds } from "@/graph";

export interface StartVariable {
  name: string;
  label: string;
  type: string;
  required: boolean;
  default: Json;
  maxLength: number | null;
  options: string[];
  description: string;
}

export function startVariables(doc: Definition, kinds: Kinds): StartVariable[] {
  const start = doc.nodes.find((node) => node.parent === null && kinds.get(node.kind)?.accepts_input === false);
  const rows = Array.isArray(start?.config.variables) ? start.config.variables.filter(isObject) : [];
  return rows.filter((row) => row.hide !== true && row.name).map(toVariable);
}

function toVariable(row: JsonObject): StartVariable {
  return {
    name: String(row.name),
    label: String(row.label || row.name),
    type: String(row.type ?? "text"),
    required: row.required === true,
    default: row.default ?? null,
    maxLength: typeof row.max_length === "number" ? row.max_length : null,
    options: Array.isArray(row.options) ? row.options.map(String) : [],
    description: String(row.description ?? ""),
  };
}

export type Inputs = Record<string, unknown>;

/** What was given last time, where the form still asks for it; else the default. */
export function firstInputs(variables: readonly StartVariable[], before: Inputs): Inputs {
  const inputs: Inputs = {};
  for (const { name, type, default: start, options } of variables) {
    const old = before[name];
    if (type === "checkbox") inputs[name] = old === true || (old === undefined && start === true);
    else if (old !== undefined && (type !== "select" || options.includes(String(old)))) inputs[name] = old;
    else if (start !== null) inputs[name] = start;
  }
  return inputs;
}

export function missingInputs(variables: readonly StartVariable[], inputs: Inputs): string[] {
  return variables.filter(({ name, required }) => required && isEmpty(inputs[name])).map(({ name }) => name);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}
