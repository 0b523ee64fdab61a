import { TextQuote } from "lucide-react";
import { isObject } from "@/graph";
import { needs, refs, text, type NodeMeta } from "../meta";

export const templateTransform: NodeMeta = {
  kind: "template-transform",
  icon: TextQuote,
  lacks: needs({ template: "config_required" }),
  facts: ({ node, t }) => {
    const template = String(node.config.template ?? "").trim();
    if (template === "") return [text(t("template-transform.empty"))];
    const inputs = Array.isArray(node.config.inputs) ? node.config.inputs.filter(isObject) : [];
    const selectors = inputs.flatMap((row) => (Array.isArray(row.selector) ? [row.selector.map(String)] : []));
    return [text(template.split("\n")[0] ?? ""), ...refs(selectors.slice(0, 2))];
  },
};
