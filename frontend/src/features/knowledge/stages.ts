/** What each stage of a document means for its row: its tone, whether it moves, what can be done. Pure. */
import { type DocumentStage } from "@/api";
import { type Tone } from "@/kit";

const TONES: Record<DocumentStage, Tone> = {
  queued: "neutral",
  parsing: "run",
  chunking: "run",
  embedding: "run",
  indexing: "run",
  ready: "ok",
  failed: "bad",
  cancelled: "neutral",
};

export const toneOf = (stage: DocumentStage): Tone => TONES[stage];
export const isMoving = (stage: DocumentStage): boolean => TONES[stage] === "run" || stage === "queued";
export const canResume = (stage: DocumentStage): boolean => stage === "failed" || stage === "cancelled";
