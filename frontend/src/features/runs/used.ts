/** What a run has used of what it may, read from its log. Pure. */
import { type RunLimits } from "@/api";
import { type RunEvent, type RunState } from "@/graph";

export interface Used {
  name: keyof RunLimits;
  used: number;
  limit: number | null;
  /** The run ended because of it. */
  hit: boolean;
}

/** The log's clock may be a little behind the run's own. */
const NEARLY = 0.99;

export function usedOf(state: RunState, events: readonly RunEvent[], limits: Partial<RunLimits> | null): Used[] {
  const used: Record<keyof RunLimits, number> = {
    wall_s: activeMs(events) / 1000,
    tokens: state.usage.total_tokens,
    cost: state.usage.cost,
    steps: startsOf(events),
  };
  const exceeded = state.error?.code === "budget_exceeded";
  return (["wall_s", "tokens", "cost", "steps"] as const).map((name) => {
    const limit = limits?.[name] ?? null;
    return { name, used: used[name], limit, hit: exceeded && limit !== null && used[name] >= limit * NEARLY };
  });
}

/** Time spent paused is free. */
function activeMs(events: readonly RunEvent[]): number {
  let total = 0;
  let since: number | null = null;
  let last = 0;
  for (const event of events) {
    last = Date.parse(event.at);
    since ??= last;
    if (event.type !== "run_paused") continue;
    total += last - since;
    since = null;
  }
  return since === null ? total : total + last - since;
}

/** Attempts begun; one that a recovery began again counts once. */
function startsOf(events: readonly RunEvent[]): number {
  const seen = new Map<string, number>();
  let count = 0;
  for (const event of events) {
    if (event.type !== "node_started" && event.type !== "node_finished" && event.type !== "node_failed") continue;
    const place = `${event.frame ?? ""}/${event.node_id}`;
    if (event.type !== "node_started") seen.delete(place);
    else if (seen.get(place) !== event.attempt) {
      seen.set(place, event.attempt);
      count += 1;
    }
  }
  return count;
}
