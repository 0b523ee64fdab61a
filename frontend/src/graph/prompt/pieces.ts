/**
 * What a node sends to its model, text by text, in the order it is sent. Knows the kinds that ask models; of what the
 * engine and a model's own template say around these texts it knows nothing.
 */
import { isObject, type GraphNode, type Json, type JsonObject, type Selector } from "../document";

export type Syntax = "basic" | "jinja2";

export interface Piece {
  /** Where it stands in the config: `prompt.0.text`. */
  field: string;
  role: string;
  text: string;
  syntax: Syntax;
  /** What is put in right before it, and is another in every run. */
  after: "history" | "context" | null;
}

/** The texts of a node that asks a model; none for the other kinds. */
export function piecesOf({ kind, config }: GraphNode): Piece[] {
  return PIECES[kind]?.(config) ?? [];
}

const PIECES: Readonly<Record<string, (config: JsonObject) => Piece[]>> = {
  llm: llmPieces,
  agent: agentPieces,
  "question-classifier": classifierPieces,
  "parameter-extractor": extractorPieces,
};

/** The conversation comes before the last message of the user, unless its question is asked apart. */
export function llmPieces(config: JsonObject): Piece[] {
  const pieces = rows(config.prompt).map((message, i) => ({
    ...piece(`prompt.${i}.text`, message.text, String(message.role ?? "user")),
    syntax: message.syntax === "jinja2" ? ("jinja2" as const) : ("basic" as const),
  }));
  const asked = pieces.findLastIndex(({ role }) => role === "user");
  if (config.mode === "completion" || !remembers(config) || asksApart(config)) return pieces;
  return pieces.map((each, i) => (i === asked ? { ...each, after: "history" as const } : each));
}

function agentPieces(config: JsonObject): Piece[] {
  const before = remembers(config) ? "history" : contextOf(config) ? "context" : null;
  return [piece("instruction", config.instruction, "system"), { ...piece("query", config.query, "user"), after: before }];
}

function classifierPieces(config: JsonObject): Piece[] {
  const names = rows(config.classes).map((each, i) => piece(`classes.${i}.name`, each.name, "system"));
  return [...names, piece("instruction", config.instruction, "system")];
}

/** A model that is asked in words is given the parameters behind the instruction; by a call, as a tool of its own. */
function extractorPieces(config: JsonObject): Piece[] {
  const instruction = piece("instruction", config.instruction, "system");
  if (config.mode !== "prompt") return [instruction];
  const words = rows(config.parameters).map(({ name, description }) => `${String(name ?? "")} ${String(description ?? "")}`);
  return [instruction, piece("parameters", words.join("\n"), "system")];
}

export function remembers(config: JsonObject): boolean {
  return isObject(config.memory) && config.memory.enabled !== false;
}

function asksApart(config: JsonObject): boolean {
  return isObject(config.memory) && typeof config.memory.query === "string";
}

export function contextOf(config: JsonObject): Selector | null {
  return Array.isArray(config.context) && config.context.length > 0 ? config.context.map(String) : null;
}

function piece(field: string, text: Json | undefined, role: string): Piece {
  return { field, role, text: typeof text === "string" ? text : "", syntax: "basic", after: null };
}

function rows(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
