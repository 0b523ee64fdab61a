import { Hourglass } from "lucide-react";
import { line, text, type NodeMeta } from "../meta";

export const wait: NodeMeta = {
  kind: "wait",
  icon: Hourglass,
  hidden: ({ mode }) => (mode === "event" ? ["seconds", "until"] : mode === "until" ? ["seconds", "event", "timeout_s"] : ["until", "event", "timeout_s"]),
  facts: ({ node, t, format }) => {
    const { mode, seconds, until, event, timeout_s: most } = node.config;
    if (mode === "until") return [text(until ? t("wait.until", { time: plain(until) }) : t("wait.noTime"))];
    if (mode === "event") return [text(event ? t("wait.event", { name: plain(event) }) : t("wait.noEvent")), ...line(typeof most === "number" && t("wait.atMost", { time: format.duration(most * 1000) }))];
    return [text(t("wait.for", { time: format.duration(Number(seconds ?? 0) * 1000) }))];
  },
};

function plain(value: unknown): string {
  return String(value).replace(/\{\{#([^#]*)#\}\}/g, "{$1}");
}
