import { Webhook } from "lucide-react";
import { isObject, type JsonObject } from "@/graph";
import { line, type NodeMeta } from "../meta";

export const triggerWebhook: NodeMeta = {
  kind: "trigger-webhook",
  icon: Webhook,
  hidden: ({ method }) => (method === "GET" || method === "HEAD" ? ["content_type", "body"] : []),
  advanced: ["headers", "response"],
  facts: ({ node, t }) => {
    const { method, headers, params, body, response } = node.config;
    const rows = [params, body, headers].flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : []));
    const fields = rows.slice(0, 2).map((row: JsonObject) => ({ name: String(row.name ?? ""), type: String(row.type ?? "string") }));
    const waits = isObject(response) && response.wait === true;
    return [...line(String(method ?? "POST"), waits && t("trigger-webhook.waits")), ...(fields.length > 0 ? [{ type: "fields" as const, fields }] : [])];
  },
};
