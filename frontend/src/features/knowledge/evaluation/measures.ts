/** How measures are read: what they came to, and whether two of them differ by more than chance. Pure. */
import { type Difference, type Evaluation, type RunResult, type EvaluationDetail } from "@/api";
import { type Tone } from "@/kit";

/** A share in percent with one decimal: measures are compared by points. */
export const points = (value: number): string => `${(value * 100).toFixed(1)} %`;
/** +1.8, −0.4: never "-0.0". */
export function signed(value: number): string {
  const text = Math.abs(value * 100).toFixed(1);
  return text === "0.0" ? "±0.0" : `${value > 0 ? "+" : "−"}${text}`;
}

export type Verdict = "better" | "worse" | "same";
/** 0 outside of the 95 % interval. */
export const verdictOf = ({ low, high }: Pick<Difference, "low" | "high">): Verdict => (low > 0 ? "better" : high < 0 ? "worse" : "same");
export const toneOfVerdict: Record<Verdict, Tone> = { better: "ok", worse: "bad", same: "neutral" };

/** The place of the first thing that was expected; null when nothing of it was found. */
export const bestRank = (ranks: readonly (number | null)[]): number | null => ranks.reduce<number | null>((best, rank) => (rank !== null && (best === null || rank < best) ? rank : best), null);

export const isRun = (evaluation: Evaluation): evaluation is EvaluationDetail<RunResult> => evaluation.kind === "run";
export const isOpen = (evaluation: Evaluation): boolean => evaluation.status === "waiting" || evaluation.status === "running";
