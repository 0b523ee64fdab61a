import { ScanText } from "lucide-react";
import { isObject } from "@/graph";
import { line, needs, text, type NodeMeta } from "../meta";

export const parameterExtractor: NodeMeta = {
  kind: "parameter-extractor",
  icon: ScanText,
  lacks: (config) => [
    ...(isObject(config.model) && config.model.name ? [] : [{ code: "model_missing", field: "model" }]),
    ...needs({ query: "reference_empty", parameters: "parameters_empty" })(config),
  ],
  advanced: ["instruction", "mode", "memory", "vision"],
  facts: ({ node, t }) => {
    const model = isObject(node.config.model) ? node.config.model : {};
    const rows = Array.isArray(node.config.parameters) ? node.config.parameters.filter(isObject) : [];
    const first = model.name ? line(String(model.name)) : [text(t("llm.noModel"))];
    if (rows.length === 0) return [...first, text(t("parameter-extractor.none"))];
    const fields = rows.slice(0, 2).map((row) => ({ name: String(row.name ?? ""), type: t(`options.type.${String(row.type)}`, { defaultValue: String(row.type ?? "") }) }));
    return [...first, { type: "fields", fields }];
  },
};
