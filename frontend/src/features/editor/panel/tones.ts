/** The colour in which a state is told, the same everywhere. */
import type { NodeState } from "@/graph";
import type { Tone } from "@/kit";

export const TONES: Record<NodeState["status"], Tone> = {
  running: "run",
  retrying: "warn",
  waiting: "warn",
  finished: "ok",
  failed: "bad",
  skipped: "neutral",
  stopped: "neutral",
};
