import { CircleHelp } from "lucide-react";
import { line, type NodeMeta } from "../meta";

export const placeholder: NodeMeta = {
  kind: "placeholder",
  icon: CircleHelp,
  facts: ({ node }) => line(String(node.config.original ?? ""), String(node.config.missing ?? "")),
};
