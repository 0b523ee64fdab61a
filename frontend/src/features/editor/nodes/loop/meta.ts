import { RefreshCw } from "lucide-react";
import { isObject } from "@/graph";
import { line, text, type NodeMeta } from "../meta";

export const loop: NodeMeta = {
  kind: "loop",
  icon: RefreshCw,
  facts: ({ node, t }) => {
    const variables = Array.isArray(node.config.variables) ? node.config.variables.filter(isObject) : [];
    const most = line(t("loop.atMost", { count: Number(node.config.max_rounds ?? 10) }));
    const carried = variables.map((row) => String(row.name ?? "")).join(", ");
    return [...most, ...(carried === "" ? [] : [text(carried)])];
  },
};
