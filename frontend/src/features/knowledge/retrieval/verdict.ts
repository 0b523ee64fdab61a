/** How the answer to "why not?" is put. Pure. */
import { type Condition, type Why } from "@/api";
import { type Tone } from "@/kit";

/** Switched off on purpose, found after all, or lost on the way. */
export function toneOfStage(stage: string): Tone {
  if (stage === "shown") return "ok";
  return stage === "gone" || stage === "not_indexed" ? "bad" : "warn";
}

type Say = (key: string, values?: Record<string, unknown>) => string;

/** "year < 2020; this document: 2024". */
export function conditionText({ name, operator, value, found }: Condition & { found?: unknown }, t: Say): string {
  const shown = value === null || value === undefined || value === "" ? "" : ` ${Array.isArray(value) ? value.join(", ") : String(value)}`;
  const has = found === null || found === undefined || found === "" ? t("why.noValue") : String(found);
  return t("why.condition", { condition: `${name} ${t(`filter.operators.${operator}`)}${shown}`, found: has });
}

/** Which advice is true for a passage that neither search had: it depends on whether the search by meaning took part, and why not. */
export function remedyOf({ stage, details: { weight } }: Why): string {
  if ((stage !== "no_terms" && stage !== "depth") || !weight) return `verdict.${stage}.remedy`;
  if (weight.vector_weight > 0) return `verdict.${stage}.${stage === "depth" && weight.vector_weight === 1 ? "meaningOnly" : "remedy"}`;
  return `verdict.${stage}.${weight.why === "read" ? "unread" : "wordsOnly"}`;
}
