import { Workflow } from "lucide-react";
import { isObject } from "@/graph";
import { needs, refs, selectorOf, text, type NodeMeta } from "../meta";

export const workflow: NodeMeta = {
  kind: "workflow",
  icon: Workflow,
  lacks: needs({ app: "sub_workflow_missing" }),
  advanced: ["version"],
  facts: ({ node, t, appName }) => {
    const app = String(node.config.app ?? "");
    if (app === "") return [text(t("workflow.noApp"))];
    const given = Array.isArray(node.config.arguments) ? node.config.arguments.filter(isObject) : [];
    const version = typeof node.config.version === "number" ? ` · v${node.config.version}` : "";
    return [text(appName(app) + version), ...refs(given.filter((row) => row.mode === "variable").map((row) => selectorOf(row.value)).slice(0, 2))];
  },
};
