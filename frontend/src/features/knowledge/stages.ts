/** What each stage of a document means for its row: its tone, whether it moves, what can be done. Pure. */
import { type DocumentStage, type KnowledgeDocument } from "@/api";
import { type Tone } from "@/kit";

const TONES: Record<DocumentStage, Tone> = {
  queued: "neutral",
  parsing: "run",
  chunking: "run",
  embedding: "run",
  indexing: "run",
  ready: "ok",
  paused: "warn",
  failed: "bad",
  cancelled: "neutral",
};

export const toneOf = (stage: DocumentStage): Tone => TONES[stage] ?? "neutral";
export const isMoving = (stage: DocumentStage): boolean => toneOf(stage) === "run" || stage === "queued";
export const canPause = isMoving;
export const canCancel = (stage: DocumentStage): boolean => isMoving(stage) || stage === "paused";
export const canResume = (stage: DocumentStage): boolean => stage === "paused" || stage === "cancelled";
export const canRetry = (stage: DocumentStage): boolean => stage === "failed";
/** Its store or model was away, and it is tried again by itself. */
export const waitsForRetry = ({ stage, error, retry_at }: KnowledgeDocument): boolean => stage === "queued" && error !== null && retry_at !== null;
