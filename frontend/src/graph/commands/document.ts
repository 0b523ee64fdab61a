/** Commands about the document as a whole. */
import type { DeclaredVariable, Definition, Features, Limits } from "../document";
import { placeNodes } from "../edit";
import { tidy } from "../layout";
import { rewriteReferences } from "../references";
import type { Command } from "./command";

export const tidyUp: Command<void> = {
  id: "document.tidy",
  label: "command.tidy",
  shortcut: "Shift+T",
  undo: "now",
  enabled: (doc) => doc.nodes.length > 1,
  apply: (doc, _, { kinds, sizeOf }) => placeNodes(doc, tidy(doc, kinds, sizeOf)),
};

export const renameApp: Command<{ name: string }> = {
  id: "document.rename",
  label: "command.renameApp",
  undo: "merge",
  enabled: (_, { name }) => name.trim() !== "",
  apply: (doc, { name }) => (doc.app.name === name ? doc : { ...doc, app: { ...doc.app, name } }),
};

export type VariableHome = "environment" | "conversation";
const HEADS: Record<VariableHome, string> = { environment: "env", conversation: "conversation" };

/** The list of declared variables as it is now to be. One that only got another name takes its users along. */
export const declareVariables: Command<{ home: VariableHome; list: readonly DeclaredVariable[]; renamed?: { from: string; to: string } }> = {
  id: "document.variables",
  label: "command.variables",
  undo: "merge",
  mergeKey: ({ home, list }) => `${home}:${list.length}`,
  enabled: () => true,
  apply: (doc, { home, list, renamed }, { kinds }) => {
    const next = { ...doc, variables: { ...doc.variables, [home]: [...list] } };
    if (!renamed || renamed.from === "" || renamed.to === "") return next;
    const head = HEADS[home];
    return rewriteReferences(next, kinds, (selector) => (selector[0] === head && selector[1] === renamed.from ? [head, renamed.to, ...selector.slice(2)] : selector));
  },
};

export const setFeatures: Command<{ features: Features; field: string }> = {
  id: "document.features",
  label: "command.features",
  undo: "merge",
  mergeKey: ({ field }) => field,
  enabled: () => true,
  apply: (doc, { features }) => ({ ...doc, features }),
};

export const setLimits: Command<{ limits: Limits }> = {
  id: "document.limits",
  label: "command.limits",
  undo: "merge",
  enabled: () => true,
  apply: (doc, { limits }) => ({ ...doc, limits }),
};

/** Takes a whole other document, such as an old version or the server's newer draft, as one step that can be undone. */
export const replaceDocument: Command<{ document: Definition }> = {
  id: "document.replace",
  label: "command.restore",
  undo: "now",
  enabled: () => true,
  apply: (_, { document }) => document,
};
