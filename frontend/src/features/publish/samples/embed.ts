/** What one pastes into another site. */
import { type CodeSample } from "@/kit";

export function embedSamples(origin: string, code: string, labels: { bubble: string; frame: string }): CodeSample[] {
  return [
    { id: "bubble", label: labels.bubble, language: "html", code: `<script src="${origin}/embed.js" data-code="${code}" async></script>` },
    { id: "frame", label: labels.frame, language: "html", code: `<iframe src="${origin}/chat/${code}" style="width: 100%; height: 640px; border: 0" allow="clipboard-write"></iframe>` },
  ];
}
