/** The past and future of a document. Snapshots share all that did not change, so a long history costs little. */
import type { Definition } from "./document";

/** `now`: a step of its own. `merge`: one step with the change before it, while both have the same key. `never`: no step. */
export type Undo = "now" | "merge" | "never";

export interface Step {
  doc: Definition;
  /** Translation key of the command that led away from `doc`. */
  label: string;
}

export interface History {
  doc: Definition;
  past: readonly Step[];
  future: readonly Step[];
  merging: { key: string; at: number } | null;
}

const LONGEST = 200;
const MERGE_WITHIN_MS = 1500;

export function startHistory(doc: Definition): History {
  return { doc, past: [], future: [], merging: null };
}

export interface Change {
  label: string;
  undo: Undo;
  /** Changes merge only with changes of the same key, such as one field of one node. */
  key?: string;
  at: number;
}

export function record(history: History, next: Definition, change: Change): History {
  if (next === history.doc) return history;
  if (change.undo === "never") return { ...history, doc: next };
  const key = change.undo === "merge" ? `${change.label}:${change.key ?? ""}` : null;
  const merging = key === null ? null : { key, at: change.at };
  if (merging && continues(history, merging)) return { ...history, doc: next, future: [], merging };
  const past = [...history.past, { doc: history.doc, label: change.label }].slice(-LONGEST);
  return { doc: next, past, future: [], merging };
}

export function undo(history: History): History {
  const step = history.past.at(-1);
  if (!step) return history;
  const future = [{ doc: history.doc, label: step.label }, ...history.future];
  return { doc: step.doc, past: history.past.slice(0, -1), future, merging: null };
}

export function redo(history: History): History {
  const step = history.future[0];
  if (!step) return history;
  const past = [...history.past, { doc: history.doc, label: step.label }];
  return { doc: step.doc, past, future: history.future.slice(1), merging: null };
}

function continues(history: History, next: { key: string; at: number }): boolean {
  const last = history.merging;
  return last !== null && last.key === next.key && next.at - last.at < MERGE_WITHIN_MS;
}
