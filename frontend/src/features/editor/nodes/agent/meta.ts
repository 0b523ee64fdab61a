import { Bot } from "lucide-react";
import { isObject, type JsonObject } from "@/graph";
import { line, text, type NodeMeta } from "../meta";

export const agent: NodeMeta = {
  kind: "agent",
  icon: Bot,
  lacks: (config) => (isObject(config.model) && config.model.name ? [] : [{ code: "model_missing", field: "model" }]),
  advanced: ["max_steps", "memory", "context", "vision"],
  facts: ({ node, t }) => {
    const model = isObject(node.config.model) ? node.config.model : {};
    const first = model.name ? line(String(model.name), t(`options.strategy.${String(node.config.strategy)}`, { defaultValue: "" })) : [text(t("llm.noModel"))];
    const names = toolsOf(node.config).map((name) => t(`tools.${name}`, { defaultValue: name }));
    return [...first, names.length > 0 ? text(names.join(", ")) : text(t("agent.noTools"))];
  },
  runFacts: (run, { t, format }) => {
    const tokens = run.usage?.total_tokens;
    return line(t("agent.steps", { count: run.steps.length }), tokens ? t("llm.tokens", { count: tokens, tokens: format.number(tokens) }) : null);
  },
};

function toolsOf(config: JsonObject): string[] {
  const rows = Array.isArray(config.tools) ? config.tools.filter(isObject) : [];
  return rows.filter((row) => row.enabled !== false).map((row) => String(row.tool ?? ""));
}
