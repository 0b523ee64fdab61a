import { Globe } from "lucide-react";
import { line, needs, text, type NodeMeta } from "../meta";

export const httpRequest: NodeMeta = {
  kind: "http-request",
  icon: Globe,
  lacks: needs({ url: "url_missing" }),
  advanced: ["timeout_s", "timeouts", "verify_ssl", "max_text_mb", "max_file_mb"],
  facts: ({ node, t, shortOf }) => {
    const url = String(node.config.url ?? "").replace(/\{\{#([^#]*)#\}\}/g, (_, path: string) => `{${shortOf(path.split("."))}}`);
    if (url === "") return [text(t("http-request.noUrl"))];
    return [text(`${String(node.config.method ?? "GET")} ${url.replace(/^https?:\/\//, "")}`)];
  },
  runFacts: (run, { format }) => {
    const status = run.outputs.status_code ?? run.facts.status_code;
    const body = run.outputs.body;
    return line(typeof status === "number" && String(status), typeof body === "string" && format.bytes(new Blob([body]).size));
  },
};
