/** Trying the search, asking why, and how a dataset is searched. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "../client";
import { type ChunkKind } from "./chunks";
import { type Reading, type Script } from "./reading";
import { type Condition, type Filter, type Retrieval } from "./settings";

export interface Placed { score: number; rank: number }
export const SCORE_STAGES = ["vector", "lexical", "external", "fused", "rerank"] as const;
export type ScoreStage = (typeof SCORE_STAGES)[number];
export type ScoreMethod = "cosine" | "terms" | "fused" | "relevance" | "external";
/** Where a passage stands. */
export interface Place {
  chunk_id: string;
  document_id: string;
  document_name: string;
  dataset_id: string;
  dataset_name: string;
  position: number;
  headings: string[];
  page: number | null;
}
export interface FoundPassage extends Place {
  content: string;
  answer: string;
  kind: ChunkKind;
  /** 0 to 1; `score_method` says what it means. */
  score: number;
  score_method: ScoreMethod;
  scores: Partial<Record<ScoreStage, Placed>>;
  metadata: Record<string, unknown>;
  /** The parts of a parent that were found. */
  children: (Place & { content: string; score: number })[];
  /** Other places with the same text. */
  also: Place[];
}

export interface FunnelWeight { dataset_id: string; name: string; script: Script; vector_weight: number; why: "method" | "set" | "read" | "unknown"; right: number | null; of: number | null }
export interface FunnelDetails {
  question?: string;
  variants?: string[];
  passages?: string[];
  given?: Filter[];
  by_model?: Filter | null;
  depth?: number;
  best?: number | null;
  cutoff?: number | null;
  cached?: boolean;
  in_both?: number;
  method?: string;
  strength?: { terms: number | null; vector: number | null; external: number | null };
  weights?: FunnelWeight[];
  model?: string;
  least?: number;
  moved?: number;
  most?: number;
  reach?: number;
  name?: string;
}
export interface FunnelStep { name: string; in: number | null; out: number; ms: number; details: FunnelDetails }
export interface Funnel { steps: FunnelStep[]; notes: { code: string; message: string }[]; ms: number }
export interface Found { items: FoundPassage[]; funnel: Funnel | null; settings: Retrieval; elapsed_ms: number }

export interface Ask { query: string; settings: Partial<Retrieval> }
export const retrieve = (datasetId: string, ask: Ask) => api.post<Found>(`/datasets/${datasetId}/retrieve`, { ...ask, explain: true });

export interface Why {
  stage: string;
  score: number | null;
  cutoff: number | null;
  rank: number | null;
  other_chunk_id: string | null;
  scores: Partial<Record<ScoreStage, Placed>>;
  details: { conditions?: (Condition & { found?: unknown })[]; missing_words?: string[]; weight?: FunnelWeight & { model: string }; depth?: number; cutoffs?: Partial<Record<ScoreStage, number | null>>; similarity?: number | null; is_indexed?: boolean };
}
export const whyNot = (datasetId: string, ask: Ask, chunkId: string) => api.post<Why>(`/datasets/${datasetId}/why-not`, { ...ask, chunk_id: chunkId });

export const readingQuery = (datasetId: string) => queryOptions({ queryKey: ["datasets", datasetId, "reading"], queryFn: ({ signal }) => api.get<Reading>(`/datasets/${datasetId}/reading`, { signal }), staleTime: 300_000, retry: false });
export const retrievalSettingsQuery = (datasetId: string) => queryOptions({ queryKey: ["datasets", datasetId, "retrieval"], queryFn: ({ signal }) => api.get<Retrieval>(`/datasets/${datasetId}/retrieval`, { signal }) });
export const setRetrievalSettings = (datasetId: string, change: Partial<Retrieval>) => api.put<Retrieval>(`/datasets/${datasetId}/retrieval`, change);
