import { Wrench } from "lucide-react";
import { line, needs, text, type NodeMeta } from "../meta";

/** Providers that the server brings along: which of them has a tool is nobody's business. */
const BUILT_IN = new Set<unknown>(["weft", "time"]);

export const tool: NodeMeta = {
  kind: "tool",
  icon: Wrench,
  lacks: needs({ tool: "tool_empty" }),
  hidden: ({ provider }) => (BUILT_IN.has(provider) ? ["provider"] : []),
  advanced: ["settings", "outputs"],
  facts: ({ node, t }) => {
    const name = String(node.config.tool ?? "");
    if (name === "") return [text(t("tool.none"))];
    const provider = String(node.config.provider ?? "");
    return line(t(`tools.${name}`, { defaultValue: name }), !BUILT_IN.has(provider) && provider);
  },
};
