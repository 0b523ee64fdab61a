/** What a node leaves behind for those after it, and for those inside it: names and types, as its config makes them. */
import { isObject, type GraphNode, type Json, type JsonObject } from "./document";
import type { NodeKind, OutputSpec } from "./kinds";

/** What this node hands on to the nodes after it. */
export function outputsOf(node: GraphNode, kind: NodeKind | undefined): OutputSpec[] {
  const own = unique([...(FROM_CONFIG[node.kind]?.(node.config) ?? fromField(node, kind)), ...(kind?.outputs ?? [])]);
  if (!node.policy?.batch) return own;
  return [{ name: "items", type: "array[object]" }, ...own.filter(({ name }) => name !== "items").map(({ name, type }) => ({ name, type: listOf(type) }))];
}

/** Any name may turn up: what it hands on is known only when it has run. */
export function isOpen(node: GraphNode, kind: NodeKind | undefined): boolean {
  return kind === undefined || OPEN.has(node.kind) || (kind.outputs.length === 0 && !kind.outputs_from && FROM_CONFIG[node.kind] === undefined);
}

/** What the nodes inside a container, or the fields of a node run for each item of a list, may use. */
export function innerOutputsOf(node: GraphNode, typeOf: (selector: Json | undefined) => string): OutputSpec[] {
  if (node.kind === "loop") return loopOutputs(node.config);
  const items = node.kind === "iteration" ? node.config.items : node.policy?.batch?.items;
  return items === undefined ? [] : [{ name: "item", type: elementOf(typeOf(items)) }, { name: "index", type: "number" }];
}

const ERROR_OUTPUTS: readonly OutputSpec[] = [
  { name: "error_message", type: "string" },
  { name: "error_type", type: "string" },
];

/** What it leaves behind when its failure is handled; nothing where a failure stops the run. */
export function failureOutputsOf(node: GraphNode): readonly OutputSpec[] {
  const handled = node.policy?.on_error ?? "fail";
  return handled === "fail" ? [] : ERROR_OUTPUTS;
}

const FORM_TYPES: Record<string, string> = {
  text: "string",
  paragraph: "string",
  select: "string",
  checkbox: "boolean",
  integer: "number",
  bool: "boolean",
  "file-list": "array[file]",
  json: "any",
};

/** The type of value that a form field or a declared output gives. */
export function valueType(type: Json | undefined): string {
  if (typeof type !== "string" || type === "") return "any";
  return FORM_TYPES[type] ?? type;
}

export function listOf(type: string): string {
  return type.startsWith("array") ? "array[any]" : `array[${type}]`;
}

export function elementOf(type: string): string {
  return /^array\[(.+)\]$/.exec(type)?.[1] ?? "any";
}

/** Another app's outputs, a tool's, and what a placeholder once had are not known here. */
const OPEN: ReadonlySet<string> = new Set(["workflow", "tool", "placeholder"]);

const FROM_CONFIG: Readonly<Record<string, (config: JsonObject) => OutputSpec[]>> = {
  loop: loopOutputs,
  "parameter-extractor": (config) => [...declared(config.parameters), ...EXTRACTED],
  "human-input": (config) => declared(config.fields),
  "trigger-webhook": (config) => webhookOutputs(config),
  tool: (config) => declared(config.outputs),
  "variable-aggregator": (config) => groupOutputs(config),
};

function loopOutputs(config: JsonObject): OutputSpec[] {
  return [...declared(config.variables), { name: "loop_round", type: "number" }];
}

/** Whether a model's reply could be used. */
const EXTRACTED: readonly OutputSpec[] = [
  { name: "__is_success", type: "number" },
  { name: "__reason", type: "string" },
  { name: "__usage", type: "object" },
];

/** `X-Request-Id` is called `X_Request_Id` in the graph. */
function webhookOutputs({ headers, params, body }: JsonObject): OutputSpec[] {
  const given = [headers, params, body].flatMap(declared).map(({ name, type }) => ({ name: name.replace(/-/g, "_"), type }));
  return [...given, { name: "_webhook_raw", type: "object" }];
}

/** In groups every group is an object with its first value in `output`. */
function groupOutputs(config: JsonObject): OutputSpec[] {
  const groups = Array.isArray(config.groups) ? config.groups.filter(isObject).filter(named) : [];
  return groups.map((group) => ({ name: String(group.name), type: "object" }));
}

function fromField(node: GraphNode, kind: NodeKind | undefined): OutputSpec[] {
  const elsewhere = kind?.outputs_by?.values[String(node.config[kind.outputs_by.field] ?? "")];
  if (elsewhere) return [...elsewhere];
  return kind?.outputs_from ? declared(node.config[kind.outputs_from]) : [];
}

function declared(value: Json | undefined): OutputSpec[] {
  if (Array.isArray(value)) {
    return value.filter(isObject).filter(named).map((row) => ({ name: String(row.name), type: valueType(row.type) }));
  }
  if (!isObject(value)) return [];
  return Object.entries(value).map(([name, spec]) => ({ name, type: valueType(isObject(spec) ? spec.type : spec) }));
}

function named(row: JsonObject): boolean {
  return typeof row.name === "string" && row.name !== "";
}

function unique(outputs: readonly OutputSpec[]): OutputSpec[] {
  return [...new Map(outputs.toReversed().map((output) => [output.name, output])).values()].toReversed();
}
