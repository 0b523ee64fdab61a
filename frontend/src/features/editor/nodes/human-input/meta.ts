import { UserRoundPen } from "lucide-react";
import { isObject, TIMEOUT, type Json, type JsonObject } from "@/graph";
import { line, needs, text, type NodeMeta } from "../meta";

export const humanInput: NodeMeta = {
  kind: "human-input",
  icon: UserRoundPen,
  lacks: needs({ actions: "actions_missing" }),
  advanced: ["delivery"],
  words: (config, field) => (field === "form" ? rowsOf(config.fields).map((row) => ({ name: `$output.${String(row.name ?? "")}`, type: String(row.type ?? "") })) : []),
  facts: ({ node, t, shortOf }) => {
    const fields = rowsOf(node.config.fields);
    const words = String(node.config.form ?? "").replace(/\{\{#([^#]*)#\}\}/g, (_, path: string) => (path.startsWith("$") ? "" : `{${shortOf(path.split("."))}}`)).replace(/[#*`>]/g, "").trim().split("\n")[0] ?? "";
    if (words === "" && fields.length === 0) return [text(t("human-input.empty"))];
    return [...line(words), ...line(fields.length > 0 && t("human-input.fields", { count: fields.length }))];
  },
  handleLabel: ({ node, t }, handle) => {
    if (handle === TIMEOUT) return t("human-input.timeout", { time: timeoutOf(node.config.timeout, t) });
    const action = rowsOf(node.config.actions).find((row) => row.id === handle);
    return String(action?.title || handle);
  },
};

function rowsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function timeoutOf(value: Json | undefined, t: (key: string, values: { count: number }) => string): string {
  return isObject(value) ? t(`human-input.${String(value.unit ?? "hour")}`, { count: Number(value.amount ?? 0) }) : "";
}
