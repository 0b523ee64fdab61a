/** What sets one setting of the search apart from another, said in words. Pure. */
import { type Retrieval } from "@/api";

type Say = (key: string, values?: Record<string, unknown>) => string;

/** Every change as a phrase; none for "as it is". `t` speaks the namespace `evaluation`. */
export function phrasesOf(changes: Partial<Retrieval>, t: Say): string[] {
  const phrases: string[] = [];
  for (const [name, value] of Object.entries(changes) as [keyof Retrieval, unknown][]) phrases.push(phraseOf(name, value, t));
  return phrases.filter(Boolean);
}

function phraseOf(name: keyof Retrieval, value: unknown, t: Say): string {
  switch (name) {
    case "method":
      return t(`change.method.${String(value)}`);
    case "fusion":
      return t(`change.fusion.${String(value)}`);
    case "vector_weight":
      return value === null ? t("change.weightAuto") : t("change.weight", { percent: `${Math.round(Number(value) * 100)} %` });
    case "rerank":
      return value === null ? t("change.noRerank") : t("change.rerank", { model: (value as { model: string }).model, count: (value as { candidates: number }).candidates });
    case "expand":
      return t("change.neighbours", { count: (value as { neighbours: number }).neighbours });
    case "diversity":
      return t("change.diversity", { value: Number(value).toFixed(2) });
    case "top_k":
      return t("change.topK", { count: Number(value) });
    case "threshold":
      return value === null ? t("change.noThreshold") : t("change.threshold", { value: Number(value).toFixed(2) });
    default:
      return t(`change.other.${name}`);
  }
}
