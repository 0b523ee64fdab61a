/** What a stage of a search did, in short sentences. Pure. */
import { type FunnelStep } from "@/api";

type Say = (key: string, values?: Record<string, unknown>) => string;

/** `t` speaks the namespace `retrieval`. */
export function sentencesOf({ name, details }: FunnelStep, t: Say, percent: (share: number) => string): string[] {
  const said: string[] = [];
  const say = (key: string, values?: Record<string, unknown>) => said.push(t(`funnel.say.${key}`, values));
  switch (name) {
    case "questions":
      if (details.question) say("question", { text: details.question });
      for (const variant of details.variants ?? []) say("variant", { text: variant });
      if (details.passages?.length) say("hyde");
      break;
    case "filter":
      if (details.by_model) say("byModel");
      break;
    case "vector":
    case "lexical":
      if (typeof details.best === "number") say("best", { score: details.best.toFixed(2) });
      if (typeof details.cutoff === "number") say("cutoff", { score: details.cutoff.toFixed(2), depth: details.depth });
      if (details.cached) say("cached");
      break;
    case "external":
      if (details.name) said.push(details.name);
      break;
    case "fusion":
      for (const weight of details.weights ?? []) {
        if (weight.why === "method") continue;
        const words = percent(1 - weight.vector_weight);
        const meaning = percent(weight.vector_weight);
        if (weight.why === "read" && weight.right !== null) say("read", { words, meaning, right: weight.right, of: weight.of, script: t(`reading.script.${weight.script}`) });
        else say(weight.why === "set" ? "set" : "unknown", { words, meaning });
      }
      if (details.method === "rrf") say("rrf");
      if (details.in_both) say("inBoth", { count: details.in_both });
      break;
    case "rerank":
      if (details.model) said.push(details.model);
      if (details.cached) say("cached");
      break;
    case "threshold":
      say("least", { score: (details.least ?? 0).toFixed(2) });
      break;
    case "diversity":
      say("moved", { count: details.moved ?? 0 });
      break;
    case "per_document":
    case "top_k":
    case "budget":
      say(name, { count: details.most ?? 0 });
      break;
  }
  return said;
}
