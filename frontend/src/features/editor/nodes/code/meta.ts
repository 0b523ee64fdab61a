import { Braces } from "lucide-react";
import { isObject } from "@/graph";
import { line, needs, text, type NodeMeta } from "../meta";

export const code: NodeMeta = {
  kind: "code",
  icon: Braces,
  lacks: needs({ code: "config_required" }),
  facts: ({ node, t }) => {
    const outputs = isObject(node.config.outputs) ? Object.entries(node.config.outputs) : [];
    const program = String(node.config.code ?? "").trim();
    if (program === "") return [text(t("code.empty"))];
    const language = String(node.config.language ?? "python") === "python" ? "Python" : "JavaScript";
    const lines = t("code.lines", { count: program.split("\n").length });
    const rest = outputs.length - 2;
    const fields = outputs.slice(0, 2).map(([name, spec]) => ({ name, type: isObject(spec) ? String(spec.type) : "any" }));
    return [...line(language, lines), ...(fields.length > 0 ? [{ type: "fields" as const, fields }] : []), ...(rest > 0 ? [text(t("more", { count: rest }))] : [])];
  },
};
