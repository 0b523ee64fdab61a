import { Split } from "lucide-react";
import { ELSE, isBlank, isObject, type JsonObject } from "@/graph";
import type { FactView, NodeMeta } from "../meta";

export const ifElse: NodeMeta = {
  kind: "if-else",
  icon: Split,
  lacks: (config) =>
    casesOf(config).flatMap((entry, i) =>
      conditionsOf(entry).flatMap((condition, j) =>
        isBlank(condition.selector) ? [{ code: "reference_empty", field: `cases.${i}.conditions.${j}.selector` }] : [],
      ),
    ),
  handleLabel: (view, handle) => {
    if (handle === ELSE) return view.t("if-else.else");
    const entry = casesOf(view.node.config).find((candidate) => candidate.id === handle);
    return entry ? sentence(view, entry) : handle;
  },
};

/** "best score ≥ 0.55 and …", short enough for a row. */
function sentence(view: FactView, entry: JsonObject): string {
  const conditions = conditionsOf(entry);
  if (conditions.length === 0) return view.t("if-else.noCondition");
  const words = conditions.map((condition) => conditionText(view, condition));
  return words.join(view.t(entry.logical === "or" ? "if-else.or" : "if-else.and"));
}

function conditionText({ t, shortOf }: FactView, condition: JsonObject): string {
  const path = Array.isArray(condition.selector) ? condition.selector.map(String) : [];
  const value = condition.value === null || condition.value === undefined ? "" : String(condition.value);
  const subject = path.length > 0 ? shortOf(path) : "…";
  const operator = t(`operators.${String(condition.operator)}`, { defaultValue: String(condition.operator) });
  const sub = isObject(condition.sub) ? subText({ t }, condition.sub) : "";
  if (sub !== "") return [subject, operator, sub].join(" ");
  const shown = value.replace(/\{\{#([^#]*)#\}\}/g, (_, path: string) => shortOf(path.split(".")));
  return [subject, operator, shown].filter(Boolean).join(" ");
}

/** "kind is image", of the files in a list. */
function subText({ t }: Pick<FactView, "t">, sub: JsonObject): string {
  const parts = conditionsOf(sub).map(({ key, operator, value }) => [String(key ?? ""), t(`operators.${String(operator)}`, { defaultValue: String(operator) }), Array.isArray(value) ? value.join(", ") : String(value ?? "")].filter(Boolean).join(" "));
  return parts.join(t(sub.logical === "or" ? "if-else.or" : "if-else.and"));
}

function casesOf(config: JsonObject): JsonObject[] {
  return Array.isArray(config.cases) ? config.cases.filter(isObject) : [];
}

function conditionsOf(entry: JsonObject): JsonObject[] {
  return Array.isArray(entry.conditions) ? entry.conditions.filter(isObject) : [];
}
