/**
 * Looks at what a node sends to its model: how much of its fixed text a server can keep from run to run, what stands in
 * the way, and what may be put elsewhere without a doubt. Counts fixed text only: how long a value will be it cannot know.
 */
import { titleOf, type Definition, type GraphNode, type JsonObject, type Selector } from "../document";
import type { RunState } from "../generated/events";
import { parseTemplate } from "../template";
import { cutOf, startOf } from "./beginning";
import { variablesBehind } from "./blocks";
import { contextOf, piecesOf, type Piece } from "./pieces";
import { estimateTokens } from "./tokens";
import { toolsInOrder } from "./tools";

/** Less than about a page of the server's cache is not worth a word. */
export const WORTH_TOKENS = 64;

export type HintCode = "variable_early" | "context_early" | "history_early" | "examples_late" | "instructions_late" | "tools_order";

export interface PromptHint {
  code: HintCode;
  field: string;
  /** What varies: a value from upstream, or words of a template; for tools the other agent. */
  cause: Selector | string;
  /** The config with the safe change made, and the tokens that then are reused (null where they cannot be told). */
  fix: { config: JsonObject; reused: number | null } | null;
}

export interface FieldTokens {
  fixed: number;
  /** Those of the fixed tokens that belong to the beginning. */
  reused: number;
}

/** Everything in estimated tokens of fixed text. `reused` / `fixed` is the prompt's score. */
export interface PromptReview {
  reused: number;
  fixed: number;
  /** What would be reused with everything that varies behind everything that does not. */
  reachable: number;
  fields: ReadonlyMap<string, FieldTokens>;
  hints: readonly PromptHint[];
}

/** Null for a node that asks no model. */
export function reviewPrompt(doc: Definition, node: GraphNode): PromptReview | null {
  const pieces = piecesOf(node);
  if (pieces.length === 0) return null;
  const fields = tokensOf(pieces);
  const reused = reusedIn(fields);
  const apart = pieces.reduce((total, piece) => total + apartIn(piece), 0);
  const fixed = [...fields.values()].reduce((total, each) => total + each.fixed, 0);
  const review = { reused, fixed, reachable: Math.max(reused, apart), fields };
  return { ...review, hints: [...orderHints(node, pieces, review), ...toolHint(doc, node)] };
}

function tokensOf(pieces: readonly Piece[]): Map<string, FieldTokens> {
  const started = new Map(startOf(pieces).map(({ piece, text }) => [piece.field, estimateTokens(text)]));
  return new Map(pieces.map((piece) => [piece.field, { fixed: fixedIn(piece), reused: Math.min(started.get(piece.field) ?? 0, fixedIn(piece)) }]));
}

function reusedIn(fields: ReadonlyMap<string, FieldTokens>): number {
  return [...fields.values()].reduce((total, each) => total + each.reused, 0);
}

/** How often a run has asked this node's model so far, all rounds of its containers counted. */
export function timesAsked(run: RunState, id: string): number {
  const places = [run.nodes, ...Object.values(run.frames).map((frame) => frame.nodes)];
  return places.filter((nodes) => nodes[id] && nodes[id].status !== "skipped").length;
}

function orderHints(node: GraphNode, pieces: readonly Piece[], { reused, reachable }: Pick<PromptReview, "reused" | "reachable">): PromptHint[] {
  const at = pieces.findIndex((piece) => piece.after !== null || cutOf(piece) >= 0);
  const piece = pieces[at];
  if (!piece || reachable - reused < WORTH_TOKENS) return [];
  const { code, cause } = firstCause(node, piece);
  const early: PromptHint = { code, field: piece.field, cause, fix: behind(node, piece, reused) };
  return [early, ...lateHints(pieces, at, cause)];
}

/** The first message behind the variable that holds nothing but fixed text: examples, or instructions. */
function lateHints(pieces: readonly Piece[], at: number, cause: PromptHint["cause"]): PromptHint[] {
  const later = pieces.slice(at + 1).filter((piece) => cutOf(piece) < 0 && piece.text.trim() !== "");
  const first = later[0];
  if (!first || later.reduce((total, each) => total + fixedIn(each), 0) < WORTH_TOKENS) return [];
  const shows = later.some(({ role }) => role === "assistant") || EXAMPLES.test(first.text);
  return [{ code: shows ? "examples_late" : "instructions_late", field: first.field, cause, fix: null }];
}

const EXAMPLES = /^\W*(?:examples?|few-shot|samples?)\b|^\W*(?:示例|例子|样例|举例)/imu;

function firstCause(node: GraphNode, piece: Piece): Pick<PromptHint, "code" | "cause"> {
  const context = contextOf(node.config);
  if (piece.after === "context") return { code: "context_early", cause: context ?? "context" };
  if (piece.after === "history") return { code: "history_early", cause: "histories" };
  const cause = firstVariable(piece);
  const name = Array.isArray(cause) ? cause.join(".") : cause;
  if (name === "histories") return { code: "history_early", cause };
  return { code: name === "context" || name === context?.join(".") ? "context_early" : "variable_early", cause };
}

function firstVariable({ text, syntax }: Piece): Selector | string {
  if (syntax === "jinja2") return /\{[{%]-?\s*(.*?)\s*-?[%}]\}/s.exec(text)?.[1] ?? "";
  const found = parseTemplate(text).find((part) => part.type === "ref");
  return found ? found.selector : "";
}

function behind(node: GraphNode, piece: Piece, before: number): PromptHint["fix"] {
  const text = piece.syntax === "basic" && piece.after === null ? variablesBehind(piece.text) : null;
  if (text === null) return null;
  const config = withText(node.config, piece.field, text);
  const reused = reusedIn(tokensOf(piecesOf({ ...node, config })));
  return reused - before >= WORTH_TOKENS ? { config, reused } : null;
}

/** The config with another text at `instruction` or `prompt.0.text`. */
function withText(config: JsonObject, field: string, text: string): JsonObject {
  const [name = "", index, inner = ""] = field.split(".");
  const list = config[name];
  if (index === undefined || !Array.isArray(list)) return { ...config, [name]: text };
  return { ...config, [name]: list.map((entry, i) => (i === Number(index) ? { ...(entry as JsonObject), [inner]: text } : entry)) };
}

function toolHint(doc: Definition, node: GraphNode): PromptHint[] {
  const found = toolsInOrder(doc, node);
  return found ? [{ code: "tools_order", field: "tools", cause: titleOf(found.like), fix: { config: found.config, reused: null } }] : [];
}

const GAP = "\u0000";

/** The text with a mark for each thing that varies; with Jinja also for all between its first statement and its last. */
function masked({ text, syntax }: Piece): string {
  if (syntax === "jinja2") return text.replace(/\{%[\s\S]*%\}|\{\{[\s\S]*?\}\}|\{#[\s\S]*?#\}/g, GAP);
  return parseTemplate(text).map((part) => (part.type === "text" ? part.text : GAP)).join("");
}

function fixedIn(piece: Piece): number {
  return estimateTokens(masked(piece).replaceAll(GAP, ""));
}

/** Tokens of the sentences and lines in which nothing varies. */
function apartIn(piece: Piece): number {
  const units = masked(piece).split(/(?<=[。！？\n]|[.!?]\s)/);
  return estimateTokens(units.filter((unit) => !unit.includes(GAP)).join(""));
}
