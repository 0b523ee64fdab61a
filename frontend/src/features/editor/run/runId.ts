/** The id of a run as its log tells it; a run that is only looked at has no other. */
import type { ShownRun } from "../store/state";

export function runIdOf(run: ShownRun): string {
  const first = run.events[0];
  return first?.type === "run_started" ? first.run_id : run.id;
}
