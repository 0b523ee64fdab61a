import { ListTree } from "lucide-react";
import { isObject, type JsonObject } from "@/graph";
import { line, needs, text, type NodeMeta } from "../meta";

export const questionClassifier: NodeMeta = {
  kind: "question-classifier",
  icon: ListTree,
  lacks: (config) => [
    ...(isObject(config.model) && config.model.name ? [] : [{ code: "model_missing", field: "model" }]),
    ...needs({ query: "reference_empty" })(config),
  ],
  advanced: ["instruction", "memory", "vision"],
  facts: ({ node, t }) => {
    const model = isObject(node.config.model) ? node.config.model : {};
    return model.name ? line(String(model.name)) : [text(t("llm.noModel"))];
  },
  handleLabel: ({ node, t }, handle) => {
    const classes = classesOf(node.config);
    const at = classes.findIndex((row) => row.id === handle);
    return String(classes[at]?.label || classes[at]?.name || "") || t("question-classifier.class", { number: at + 1 });
  },
};

function classesOf(config: JsonObject): JsonObject[] {
  return Array.isArray(config.classes) ? config.classes.filter(isObject) : [];
}
