import { Merge } from "lucide-react";
import { needs, refs, text, type NodeMeta } from "../meta";

export const variableAggregator: NodeMeta = {
  kind: "variable-aggregator",
  icon: Merge,
  lacks: (config) => (Array.isArray(config.groups) ? [] : needs({ selectors: "reference_empty" })(config)),
  advanced: ["groups"],
  facts: ({ node, t }) => {
    const list = Array.isArray(node.config.selectors) ? node.config.selectors : [];
    const selectors = list.flatMap((entry) => (Array.isArray(entry) ? [entry.map(String)] : []));
    if (selectors.length === 0) return [text(t("variable-aggregator.empty"))];
    return [text(t("variable-aggregator.first", { count: selectors.length })), ...refs(selectors.slice(0, 2))];
  },
};
