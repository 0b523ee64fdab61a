/** What the server says about each kind of node, and what follows from it: handles, outputs, types of values. */
import { BODY, ELSE, FAIL_BRANCH, isObject, SOURCE, TIMEOUT, type GraphNode, type Json, type JsonObject, type Mode } from "./document";

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
  /** Values offered where the schema names none. */
  "x-options"?: string[];
}

export interface NodeKind {
  kind: string;
  family: Family;
  effect: "pure" | "idempotent" | "once";
  schema: Schema;
  defaults: JsonObject;
  outputs: OutputSpec[];
  /** The field of the config that names further outputs. */
  outputs_from?: string | null;
  /** What else it hands on, by what a field of the config names: an app's outputs by the app. Learnt while editing. */
  outputs_by?: { field: string; values: Readonly<Record<string, readonly OutputSpec[]>> };
  handles: "source" | "cases" | "classes" | "actions" | "none";
  accepts_input: boolean;
  modes: Mode[];
  streams: string[];
  /** Holds other nodes and runs them again and again. */
  container?: boolean;
  /** A run may begin here. */
  root?: boolean;
  /** Words on the canvas that are never run. */
  note?: boolean;
  /** Not offered in the palette. */
  hidden?: boolean;
}

export type Kinds = ReadonlyMap<string, NodeKind>;

export function kindMap(list: readonly NodeKind[]): Kinds {
  return new Map(list.map((kind) => [kind.kind, kind]));
}

/** Every handle an edge may leave this node by, top to bottom as the card shows them; the way into a container last. */
export function handlesOf(node: GraphNode, kind: NodeKind | undefined): string[] {
  const own = ownHandles(node, kind?.handles ?? "source");
  const failing = node.policy?.on_error === "branch" ? [...own, FAIL_BRANCH] : own;
  return kind?.container ? [...failing, BODY] : failing;
}

function ownHandles({ kind, config }: GraphNode, rule: NodeKind["handles"]): string[] {
  switch (rule) {
    case "none":
      return [];
    case "cases":
      return [...caseIds(config), ELSE];
    case "classes":
      return idsIn(config.classes);
    case "actions":
      return config.timeout ? [...idsIn(config.actions), TIMEOUT] : idsIn(config.actions);
    default:
      return kind === "wait" && waitsForEvent(config) ? [SOURCE, TIMEOUT] : [SOURCE];
  }
}

/** An event may never come; then the node goes another way. */
function waitsForEvent(config: JsonObject): boolean {
  return config.mode === "event" && typeof config.timeout_s === "number";
}

export function caseIds(config: JsonObject): string[] {
  return idsIn(config.cases);
}

function idsIn(list: JsonObject[string] | undefined): string[] {
  return Array.isArray(list) ? list.filter(isObject).map((entry) => String(entry.id ?? "")) : [];
}

/** Kinds of another engine that its runs begin at. */
const FOREIGN_ROOTS = new Set<Json | undefined>(["trigger-plugin", "datasource"]);

/** Whether a run may begin at this node: one that keeps a foreign root's place is a root as well. */
export function beginsRuns(node: GraphNode, kind: NodeKind | undefined): boolean {
  return isRoot(kind) || (node.kind === "placeholder" && FOREIGN_ROOTS.has(node.config.original));
}

/** A run may begin here: nothing leads in, and something leads out. */
export function isRoot(kind: NodeKind | undefined): boolean {
  return kind !== undefined && (kind.root ?? (!kind.accepts_input && !kind.note));
}

/** Only looked at: no way in, none out, never run. */
export function isNote(kind: NodeKind | undefined): boolean {
  return kind?.note === true;
}

/** There is one form that asks for a run's inputs; triggers may be many. */
export function isSingle(kind: NodeKind | undefined): boolean {
  return kind?.kind === "start";
}
