/**
 * How a prompt begins, before anything that varies: what a model server computes once and keeps. Cut where the server
 * cuts it when a version is published; the golden beginnings hold both to the same.
 */
import type { JsonObject } from "../document";
import { llmPieces, remembers, type Piece, type Syntax } from "./pieces";

const VARIABLE: Readonly<Record<Syntax, RegExp>> = { basic: /\{\{#/, jinja2: /\s*\{[{%#]/ };

export interface Started {
  piece: Piece;
  text: string;
  /** Nothing in it varies. Only the last one may be cut. */
  whole: boolean;
}

/** Where the first variable of a text stands; -1 where it has none. */
export function cutOf({ text, syntax }: Pick<Piece, "text" | "syntax">): number {
  return text.search(VARIABLE[syntax]);
}

/** Each text up to the first variable of them all, or to where something that varies is put in between. */
export function startOf(pieces: readonly Piece[]): Started[] {
  const started: Started[] = [];
  for (const piece of pieces) {
    if (piece.after !== null) return started;
    const cut = cutOf(piece);
    started.push({ piece, text: cut < 0 ? piece.text : piece.text.slice(0, cut), whole: cut < 0 });
    if (cut >= 0) return started;
  }
  return started;
}

export interface Message {
  role: string;
  content: string;
}

/** The beginning of an llm node's prompt as messages. The last one may go on; the others are whole. */
export function beginningOf(config: JsonObject): Message[] {
  const started = startOf(llmPieces(config));
  if (config.mode === "completion") {
    const content = started.map(({ text }) => text).join("\n\n");
    return started.some(({ text }) => text !== "") ? [{ role: "user", content }] : [];
  }
  const messages = started.filter(({ text, whole }) => text !== "" || !whole).map(({ piece, text }) => ({ role: piece.role, content: text }));
  const varies = started.some(({ whole }) => !whole);
  return remembers(config) && !varies ? [...messages, { role: "user", content: "" }] : messages;
}
