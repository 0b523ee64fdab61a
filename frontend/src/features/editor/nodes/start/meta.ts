import { Play } from "lucide-react";
import { isObject } from "@/graph";
import { text, type NodeMeta } from "../meta";

export const start: NodeMeta = {
  kind: "start",
  icon: Play,
  facts: ({ node, t }) => {
    const variables = Array.isArray(node.config.variables) ? node.config.variables.filter(isObject) : [];
    if (variables.length === 0) return [text(t("start.noVariables"))];
    // A file from elsewhere may name a type that is none of ours.
    const nameOf = (type: string) => t(`types.${type}`, { defaultValue: type });
    const fields = variables.slice(0, 3).map((row) => ({ name: String(row.name ?? ""), type: nameOf(String(row.type ?? "text")) }));
    const rest = variables.length - fields.length;
    return [{ type: "fields", fields }, ...(rest > 0 ? [text(t("more", { count: rest }))] : [])];
  },
};
