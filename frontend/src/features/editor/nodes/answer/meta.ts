import { MessageSquareText } from "lucide-react";
import { templateSelectors } from "@/graph";
import { needs, refs, text, type NodeMeta } from "../meta";

export const answer: NodeMeta = {
  kind: "answer",
  icon: MessageSquareText,
  lacks: (config) => needs({ answer: "answer_empty" })(config).map((lack) => ({ ...lack, severity: "warning" as const })),
  facts: ({ node, t }) => {
    const template = String(node.config.answer ?? "");
    const words = template.replace(/\{\{#[^#]*#\}\}/g, " ").trim();
    const used = refs(templateSelectors(template).slice(0, 2));
    if (template === "") return [text(t("answer.empty"))];
    return words === "" ? used : [text(words), ...used].slice(0, 2);
  },
};
