import { Sparkles } from "lucide-react";
import { isObject, templateSelectors, type GraphNode, type JsonObject, type Selector } from "@/graph";
import { line, needs, refs, text, type NodeMeta } from "../meta";

export const llm: NodeMeta = {
  kind: "llm",
  icon: Sparkles,
  lacks: (config) => [
    ...(isObject(config.model) && config.model.name ? [] : [{ code: "model_missing", field: "model" }]),
    ...needs({ prompt: "prompt_empty" })(config),
  ],
  advanced: ["mode", "vision", "memory", "structured_output", "reasoning_format"],
  hidden: (config) => (usesJinja(config) ? [] : ["jinja2_inputs"]),
  facts: ({ node, t }) => {
    const model = isObject(node.config.model) ? node.config.model : {};
    const params = isObject(model.params) ? model.params : {};
    const warmth = typeof params.temperature === "number" ? t("llm.temperature", { value: params.temperature }) : null;
    const first = model.name ? line(String(model.name), warmth) : [text(t("llm.noModel"))];
    return [...first, ...refs(promptSelectors(node).slice(0, 2))];
  },
  runFacts: (run, { t, format }) => {
    const tokens = run.usage?.total_tokens;
    const firstMs = run.facts.first_token_ms;
    return line(
      tokens ? t("llm.tokens", { count: tokens, tokens: format.number(tokens) }) : null,
      typeof firstMs === "number" && t("llm.firstToken", { time: format.duration(firstMs) }),
    );
  },
};

function promptSelectors(node: GraphNode): Selector[] {
  const messages = Array.isArray(node.config.prompt) ? node.config.prompt.filter(isObject) : [];
  const context = Array.isArray(node.config.context) ? [node.config.context.map(String)] : [];
  const used = messages.flatMap((message) => templateSelectors(String(message.text ?? "")));
  const seen = new Set<string>();
  return [...context, ...used.filter((selector) => selector[0] !== "context")].filter((selector) => {
    const key = selector.join(".");
    return !seen.has(key) && seen.add(key);
  });
}

function usesJinja(config: JsonObject): boolean {
  return Array.isArray(config.prompt) && config.prompt.some((message) => isObject(message) && message.syntax === "jinja2");
}
