/** Commands about the document as a whole. */
import type { Definition } from "../document";
import { placeNodes } from "../edit";
import { tidy } from "../layout";
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

/** Takes a whole other document, such as an old version or the server's newer draft, as one step that can be undone. */
export const replaceDocument: Command<{ document: Definition }> = {
  id: "document.replace",
  label: "command.restore",
  undo: "now",
  enabled: () => true,
  apply: (_, { document }) => document,
};
