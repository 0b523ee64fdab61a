/** Commands about prompts. */
import { nodeById, type Definition } from "../document";
import { setConfig } from "../edit";
import { reviewPrompt, type HintCode } from "../prompt";
import type { Command } from "./command";

/** Makes the change that a hint on a prompt offers. What it offered may be gone by now; then nothing is done. */
export const improvePrompt: Command<{ id: string; code: HintCode }> = {
  id: "node.improvePrompt",
  label: "command.improvePrompt",
  undo: "now",
  enabled: (doc, { id, code }) => improved(doc, id, code) !== null,
  apply: (doc, { id, code }, { kinds }) => {
    const config = improved(doc, id, code);
    return config ? setConfig(doc, kinds, id, config) : doc;
  },
};

function improved(doc: Definition, id: string, code: HintCode) {
  const node = nodeById(doc, id);
  const hint = node && reviewPrompt(doc, node)?.hints.find((each) => each.code === code && each.fix);
  return hint?.fix?.config ?? null;
}
