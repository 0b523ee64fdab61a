import { Repeat } from "lucide-react";
import { line, needs, refs, selectorOf, text, type NodeMeta } from "../meta";

export const iteration: NodeMeta = {
  kind: "iteration",
  icon: Repeat,
  lacks: needs({ items: "reference_empty", output: "reference_empty" }),
  advanced: ["flatten"],
  facts: ({ node, t }) => {
    const items = selectorOf(node.config.items);
    if (items.length === 0) return [text(t("iteration.noItems"))];
    const parallel = Number(node.config.parallel ?? 1);
    return [...line(t("iteration.each")), ...refs([items]), ...line(parallel > 1 && t("iteration.parallel", { count: parallel }))];
  },
};
