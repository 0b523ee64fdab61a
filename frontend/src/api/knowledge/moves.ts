/** Taking a full dataset to another embedding model or vector store, while it is searched by the vectors it has. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "../client";

export const VECTOR_STORES = ["chroma", "pgvector"] as const;
export type VectorStore = (typeof VECTOR_STORES)[number];

/** What is not given stays as it is. */
export interface MoveAim { embedding?: { provider: string; model: string }; vector_store?: VectorStore }
export interface Move {
  dataset_id: string;
  state: "none" | "waiting" | "moving" | "failed";
  to: { provider: string; model: string; vector_store: VectorStore } | null;
  done: number;
  total: number;
  /** Seconds; null before there is a pace. */
  eta_s: number | null;
  error: { code: string; message: string } | null;
  /** When a failed one is tried again by itself. */
  retry_at: string | null;
}
/** `seconds` is null where vectors are copied and nothing is embedded. */
export interface MoveEstimate { passages: number; seconds: number | null }

export const moveQuery = (datasetId: string) => queryOptions({ queryKey: ["datasets", datasetId, "move"], queryFn: ({ signal }) => api.get<Move>(`/datasets/${datasetId}/move`, { signal }) });
/** Has the model embed some passages: kept for as long as the question is open, not longer. */
export const moveEstimateQuery = (datasetId: string, aim: MoveAim) => queryOptions({ queryKey: ["move-estimate", datasetId, aim], queryFn: () => api.post<MoveEstimate>(`/datasets/${datasetId}/move/estimate`, aim), gcTime: 0, staleTime: Infinity, retry: false });
export const startMove = (datasetId: string, aim: MoveAim) => api.post<Move>(`/datasets/${datasetId}/move`, aim);
export const stopMove = (datasetId: string) => api.delete<Move>(`/datasets/${datasetId}/move`);
