import { ListFilter } from "lucide-react";
import { isObject } from "@/graph";
import { line, needs, refs, selectorOf, text, type NodeMeta } from "../meta";

export const listOperator: NodeMeta = {
  kind: "list-operator",
  icon: ListFilter,
  lacks: needs({ items: "reference_empty" }),
  facts: ({ node, t }) => {
    const { items, filter, order, limit, extract } = node.config;
    const from = selectorOf(items);
    if (from.length === 0) return [text(t("list-operator.noItems"))];
    const deeds = [
      isObject(filter) && t("list-operator.filtered"),
      isObject(order) && t("list-operator.sorted"),
      typeof extract === "string" && extract !== "" && t("list-operator.picked", { number: extract }),
      typeof limit === "number" && t("list-operator.first", { count: limit }),
    ];
    return [...refs([from]), ...line(...deeds)];
  },
};
