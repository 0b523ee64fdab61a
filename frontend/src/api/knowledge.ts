/** Datasets, documents, chunks; retrieval to try them. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Items } from "./client";
import { type TopicReader, tabSocket } from "./socket";
import { type Chunk, type Dataset, type KnowledgeDocument, type RetrievedChunk } from "./types";

export const datasetKeys = {
  all: ["datasets"] as const,
  one: (id: string) => ["datasets", id] as const,
  documents: (id: string) => ["datasets", id, "documents"] as const,
  chunks: (documentId: string) => ["documents", documentId, "chunks"] as const,
};

export const datasetsQuery = queryOptions({ queryKey: datasetKeys.all, queryFn: ({ signal }) => api.get<Items<Dataset>>("/datasets", { query: { limit: 100 }, signal }) });
export const datasetQuery = (id: string) => queryOptions({ queryKey: datasetKeys.one(id), queryFn: ({ signal }) => api.get<Dataset>(`/datasets/${id}`, { signal }) });
export const documentsQuery = (id: string) => infiniteQueryOptions({
  queryKey: datasetKeys.documents(id),
  queryFn: ({ pageParam, signal }) => api.get<Items<KnowledgeDocument>>(`/datasets/${id}/documents`, { query: { cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});
export const documentQuery = (id: string) => queryOptions({ queryKey: ["documents", id], queryFn: ({ signal }) => api.get<KnowledgeDocument>(`/documents/${id}`, { signal }) });
export const chunksQuery = (documentId: string) => infiniteQueryOptions({
  queryKey: datasetKeys.chunks(documentId),
  queryFn: ({ pageParam, signal }) => api.get<Items<Chunk>>(`/documents/${documentId}/chunks`, { query: { cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});

export const createDataset = (dataset: { name: string; description: string }) => api.post<Dataset>("/datasets", dataset);
export const updateDataset = (id: string, changes: { name?: string; description?: string }) => api.patch<Dataset>(`/datasets/${id}`, changes);
export const deleteDataset = (id: string) => api.delete(`/datasets/${id}`, { keepalive: true });

export function uploadDocument(datasetId: string, file: File): Promise<Items<KnowledgeDocument>> {
  const form = new FormData();
  form.append("file", file);
  return api.post<Items<KnowledgeDocument>>(`/datasets/${datasetId}/documents`, form);
}
export const cancelDocument = (id: string) => api.post<KnowledgeDocument>(`/documents/${id}/cancel`);
export const resumeDocument = (id: string) => api.post<KnowledgeDocument>(`/documents/${id}/resume`);
export const deleteDocument = (id: string) => api.delete(`/documents/${id}`, { keepalive: true });

export const retrieve = (datasetId: string, query: { query: string; top_k: number; score_threshold: number | null }) =>
  api.post<{ items: RetrievedChunk[]; elapsed_ms: number }>(`/datasets/${datasetId}/retrieve`, query);

export type DatasetEvent = { type: "document"; document: KnowledgeDocument };
/** Follows the progress of a dataset's documents. Returns what ends it. */
export const followDataset = (id: string, reader: TopicReader<DatasetEvent>, after = 0): (() => void) => tabSocket().subscribe(`dataset:${id}`, reader, after);
