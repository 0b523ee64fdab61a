import { PenLine } from "lucide-react";
import { isObject } from "@/graph";
import { needs, selectorOf, text, type NodeMeta } from "../meta";

export const assigner: NodeMeta = {
  kind: "assigner",
  icon: PenLine,
  lacks: needs({ items: "assignments_empty" }),
  facts: ({ node, t, shortOf }) => {
    const rows = Array.isArray(node.config.items) ? node.config.items.filter(isObject) : [];
    if (rows.length === 0) return [text(t("assigner.empty"))];
    return rows.slice(0, 2).map((row) => {
      const target = selectorOf(row.target);
      const name = target.length > 0 ? target.slice(1).join(".") : "…";
      const value = row.source === "variable" ? shortOf(selectorOf(row.value)) : row.value === null || row.value === undefined ? "" : JSON.stringify(row.value);
      return text(t(`assigner.op.${String(row.operation)}`, { name, value, defaultValue: `${name} ${String(row.operation)} ${value}` }));
    });
  },
};
