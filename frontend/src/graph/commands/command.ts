/** What a command is: one intent of the user, as a value. Menus, keys, the command palette and tests all use the same. */
import type { Definition } from "../document";
import { record, type History, type Undo } from "../history";
import type { Kinds } from "../kinds";
import type { Size } from "../layout";

/** What commands may know besides the document. */
export interface Setting {
  kinds: Kinds;
  sizeOf: (id: string) => Size;
}

export interface Command<Args> {
  id: string;
  /** Translation key. */
  label: string;
  shortcut?: string;
  undo: Undo;
  /** With `undo: "merge"`: changes of the same key become one step. */
  mergeKey?: (args: Args) => string;
  enabled: (doc: Definition, args: Args, setting: Setting) => boolean;
  apply: (doc: Definition, args: Args, setting: Setting) => Definition;
}

export function execute<Args>(history: History, command: Command<Args>, args: Args, setting: Setting, at: number): History {
  if (!command.enabled(history.doc, args, setting)) return history;
  const next = command.apply(history.doc, args, setting);
  const key = command.mergeKey?.(args);
  return record(history, next, { label: command.label, undo: command.undo, at, ...(key === undefined ? {} : { key }) });
}

/** Ids of the nodes that `next` has and `before` had not: what a paste or an insert has made. */
export function newNodeIds(before: Definition, next: Definition): string[] {
  const known = new Set(before.nodes.map((node) => node.id));
  return next.nodes.map((node) => node.id).filter((id) => !known.has(id));
}
