import { Flag } from "lucide-react";
import { isObject } from "@/graph";
import { needs, text, type NodeMeta } from "../meta";

export const end: NodeMeta = {
  kind: "end",
  icon: Flag,
  lacks: needs({ outputs: "config_required" }),
  facts: ({ node, t, nameOf }) => {
    const rows = Array.isArray(node.config.outputs) ? node.config.outputs.filter(isObject) : [];
    if (rows.length === 0) return [text(t("end.noOutputs"))];
    const fields = rows.slice(0, 3).map((row) => ({
      name: String(row.name ?? ""),
      type: nameOf(Array.isArray(row.selector) ? row.selector.map(String) : []),
    }));
    return [{ type: "fields", fields }];
  },
};
