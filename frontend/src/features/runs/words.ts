/** A run in a line: its colour and what it was asked. */
import type { Run, RunStatus } from "@/api";
import type { Tone } from "@/kit";

export const RUN_TONES: Record<RunStatus, Tone> = {
  queued: "neutral",
  running: "run",
  finished: "ok",
  failed: "bad",
  stopped: "neutral",
  paused: "warn",
};

/** The question, or the inputs by name; empty when there was nothing to say. */
export function inputLine(run: Run): string {
  const query = (run as Run & { query?: unknown }).query;
  if (typeof query === "string" && query !== "") return query;
  // names that begin with an underscore are the engine's own, such as a webhook's raw request
  const entries = Object.entries(run.inputs).filter(([name, value]) => value !== null && value !== "" && !name.startsWith("_"));
  return entries.map(([name, value]) => `${name}: ${short(value)}`).join(" · ");
}

function short(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(short).join(", ");
  if (typeof value === "object" && value !== null && "name" in value) return String((value as { name: unknown }).name);
  return JSON.stringify(value);
}

/** An amount in the currency that prices are kept in, with as many digits as it has. */
export function costOf(amount: number, language: string): string {
  return new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 6 }).format(amount);
}
