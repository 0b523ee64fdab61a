/** What the server says about each kind of node, and what follows from it: handles, outputs, types of values. */
import { ELSE, FAIL_BRANCH, isObject, SOURCE, type GraphNode, type Json, type JsonObject, type Mode } from "./document";

export type Family = "io" | "model" | "knowledge" | "logic" | "code" | "tool" | "human";

export interface OutputSpec {
  name: string;
  type: string;
}

/** The part of JSON Schema that configs are written in, with the hints that choose a form control. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  const?: Json;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  additionalProperties?: boolean | Schema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minItems?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  $ref?: string;
  $defs?: Record<string, Schema>;
  "x-widget"?: string;
  "x-advanced"?: boolean;
}

export interface NodeKind {
  kind: string;
  family: Family;
  effect: "pure" | "idempotent" | "once";
  schema: Schema;
  defaults: JsonObject;
  outputs: OutputSpec[];
  outputs_from?: "variables" | "outputs" | null;
  handles: "source" | "cases" | "none";
  accepts_input: boolean;
  modes: Mode[];
  streams: string[];
  /** Not offered in the palette. */
  hidden?: boolean;
}

export type Kinds = ReadonlyMap<string, NodeKind>;

export function kindMap(list: readonly NodeKind[]): Kinds {
  return new Map(list.map((kind) => [kind.kind, kind]));
}

/** Every handle an edge may leave this node by, top to bottom as the card shows them. */
export function handlesOf(node: GraphNode, kind: NodeKind | undefined): string[] {
  const own = ownHandles(node, kind?.handles ?? "source");
  return node.policy?.on_error === "branch" ? [...own, FAIL_BRANCH] : own;
}

function ownHandles(node: GraphNode, rule: NodeKind["handles"]): string[] {
  if (rule === "none") return [];
  if (rule === "source") return [SOURCE];
  return [...caseIds(node.config), ELSE];
}

export function caseIds(config: JsonObject): string[] {
  const cases = Array.isArray(config.cases) ? config.cases : [];
  return cases.filter(isObject).map((entry) => String(entry.id ?? ""));
}

/** What this node leaves behind for those after it. */
export function outputsOf(node: GraphNode, kind: NodeKind | undefined): OutputSpec[] {
  const fixed = kind?.outputs ?? [];
  if (!kind?.outputs_from) return fixed;
  return [...declared(node.config[kind.outputs_from]), ...fixed];
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

function declared(value: Json | undefined): OutputSpec[] {
  if (Array.isArray(value)) {
    return value.filter(isObject).filter(named).map((row) => ({ name: String(row.name), type: valueType(row.type) }));
  }
  if (!isObject(value)) return [];
  return Object.entries(value).map(([name, spec]) => ({ name, type: isObject(spec) ? valueType(spec.type) : "any" }));
}

function named(row: JsonObject): boolean {
  return typeof row.name === "string" && row.name !== "";
}

const FORM_TYPES: Record<string, string> = {
  text: "string",
  paragraph: "string",
  select: "string",
  checkbox: "boolean",
  "file-list": "array[file]",
  json: "object",
};

/** The type of value that a form field or a declared output gives. */
export function valueType(type: Json | undefined): string {
  if (typeof type !== "string" || type === "") return "any";
  return FORM_TYPES[type] ?? type;
}
