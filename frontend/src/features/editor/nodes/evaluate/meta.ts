import { ClipboardCheck } from "lucide-react";
import { isObject } from "@/graph";
import { line, needs, text, type NodeMeta } from "../meta";

export const evaluate: NodeMeta = {
  kind: "evaluate",
  icon: ClipboardCheck,
  lacks: needs({ answer: "config_required", checks: "config_required" }),
  facts: ({ node, t, format }) => {
    const checks = Array.isArray(node.config.checks) ? node.config.checks.filter(isObject) : [];
    if (checks.length === 0) return [text(t("evaluate.none"))];
    const names = checks.map((check) => t(`options.type.${String(check.type)}`, { defaultValue: String(check.type) }));
    return [text(names.join(", ")), ...line(typeof node.config.threshold === "number" && `≥ ${format.number(node.config.threshold)}`)];
  },
  runFacts: (run, { t, format }) => line(typeof run.outputs.score === "number" && t("evaluate.score", { score: format.number(Math.round(run.outputs.score * 100) / 100) }), typeof run.outputs.passed === "boolean" && t(run.outputs.passed ? "evaluate.passed" : "evaluate.failed")),
};
