import { Wrench } from "lucide-react";
import { line, needs, text, type NodeMeta } from "../meta";

export const tool: NodeMeta = {
  kind: "tool",
  icon: Wrench,
  lacks: needs({ tool: "tool_missing" }),
  advanced: ["settings", "outputs"],
  facts: ({ node, t }) => {
    const name = String(node.config.tool ?? "");
    if (name === "") return [text(t("tool.none"))];
    const provider = String(node.config.provider ?? "");
    return line(t(`tools.${name}`, { defaultValue: name }), provider !== "weft" && provider);
  },
};
