/** Documents of a dataset: brought in, watched, steered; and the files and texts they were made from. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, API_ROOT, type Items } from "../client";
import { type Failure } from "../types";
import { datasetKeys } from "./datasets";
import { type Processing } from "./processing";

export const STAGES = ["queued", "parsing", "chunking", "embedding", "indexing", "ready", "paused", "failed", "cancelled"] as const;
export type DocumentStage = (typeof STAGES)[number];
export type DocumentSource = "file" | "text" | "web" | "connector";
export interface DocumentWarning { code: string; message: string; page: number | null }
export type MetadataValue = string | number | null;
export interface KnowledgeDocument {
  id: string;
  dataset_id: string;
  name: string;
  source: DocumentSource;
  source_url: string;
  connector_id: string | null;
  batch: string;
  size_bytes: number;
  mime_type: string;
  language: string;
  stage: DocumentStage;
  error: (Failure & { stage?: DocumentStage | "" }) | null;
  warnings: DocumentWarning[];
  progress: number;
  /** Of what `counts` names; 0 of 0 while there is nothing to count. */
  done: number;
  total: number;
  counts: "parts" | "chunks";
  eta_s: number | null;
  /** When it is tried again, of one that waits because of its `error`. */
  retry_at: string | null;
  /** Nobody works on it though its stage says so. */
  stalled: boolean;
  /** What has been asked of its worker and is not done yet. */
  stopping: "paused" | "cancelled" | null;
  /** When each stage began, and `ready`. */
  times: Partial<Record<DocumentStage, string>>;
  page_count: number | null;
  char_count: number;
  chunk_count: number;
  reused_count: number;
  /** Made with other settings than the present ones. */
  outdated: boolean;
  /** Settings of its own; null takes the dataset's. */
  processing: Partial<Processing> | null;
  metadata: Record<string, MetadataValue>;
  is_enabled: boolean;
  is_archived: boolean;
  hit_count: number;
  created_at: string;
  updated_at: string;
}

export type DocumentAction = "pause" | "resume" | "cancel" | "retry" | "reprocess" | "enable" | "disable" | "archive" | "unarchive" | "delete";
export interface DocumentFilter { q?: string; stage?: string; archived?: boolean }

export const documentsQuery = (datasetId: string, filter: DocumentFilter = {}) => infiniteQueryOptions({
  queryKey: [...datasetKeys.documents(datasetId), filter],
  queryFn: ({ pageParam, signal }) => api.get<Items<KnowledgeDocument>>(`/datasets/${datasetId}/documents`, { query: { ...filter, cursor: pageParam, limit: 100 }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});
export const documentQuery = (id: string) => queryOptions({ queryKey: ["documents", id], queryFn: ({ signal }) => api.get<KnowledgeDocument>(`/documents/${id}`, { signal }) });
/** `version` changes when the text may have. */
export const documentTextQuery = (id: string, version: string) => queryOptions({ queryKey: ["documents", id, "text", version], queryFn: ({ signal }) => api.get<{ text: string }>(`/documents/${id}/text`, { signal }), staleTime: Infinity });
export const documentFileUrl = (id: string): string => `${API_ROOT}/documents/${id}/file`;

export interface DocumentChange { name?: string; metadata?: Record<string, MetadataValue>; processing?: Partial<Processing> | null }
export const updateDocument = (id: string, change: DocumentChange) => api.patch<KnowledgeDocument>(`/documents/${id}`, change);
export const createTextDocument = (datasetId: string, document: { name: string; text: string; processing?: Partial<Processing> | null; metadata?: Record<string, MetadataValue> }) => api.post<KnowledgeDocument>(`/datasets/${datasetId}/documents/text`, document);
/** The same for one document or a thousand. */
export const steerDocuments = (datasetId: string, action: DocumentAction, ids: readonly string[]) =>
  api.post<Items<KnowledgeDocument>>(`/datasets/${datasetId}/documents/${action}`, { ids }, { keepalive: action === "delete" });
export function uploadDocument(datasetId: string, file: File): Promise<Items<KnowledgeDocument>> {
  const form = new FormData();
  form.append("file", file);
  return api.post<Items<KnowledgeDocument>>(`/datasets/${datasetId}/documents`, form);
}
