/** Datasets, and what happens in them while one looks on. */
import { queryOptions } from "@tanstack/react-query";
import { api, type Items } from "../client";
import { type TopicReader, tabSocket } from "../socket";
import { type Dataset } from "../types";
import { type KnowledgeDocument } from "./documents";
import { type Alarm, type Evaluation } from "./evaluation";
import { type Move } from "./moves";

export const datasetKeys = {
  all: ["datasets"] as const,
  one: (id: string) => ["datasets", id] as const,
  documents: (id: string) => ["datasets", id, "documents"] as const,
  chunks: (documentId: string) => ["documents", documentId, "chunks"] as const,
};

export const datasetsQuery = queryOptions({ queryKey: datasetKeys.all, queryFn: ({ signal }) => api.get<Items<Dataset>>("/datasets", { query: { limit: 100 }, signal }) });
export const datasetQuery = (id: string) => queryOptions({ queryKey: datasetKeys.one(id), queryFn: ({ signal }) => api.get<Dataset>(`/datasets/${id}`, { signal }) });

export const createDataset = (dataset: { name: string; description: string; embedding_provider?: string; embedding_model?: string }) => api.post<Dataset>("/datasets", dataset);
export const updateDataset = (id: string, changes: { name?: string; description?: string }) => api.patch<Dataset>(`/datasets/${id}`, changes);
export const deleteDataset = (id: string) => api.delete(`/datasets/${id}`, { keepalive: true });

export type DatasetEvent =
  | { type: "document"; document: KnowledgeDocument }
  | { type: "document_removed"; document_id: string }
  | { type: "move"; move: Move }
  | { type: "evaluation"; evaluation: Evaluation }
  | { type: "evaluation_removed"; evaluation_id: string }
  | { type: "evaluation_alarm"; evaluation_id: string; alarm: Alarm };
/** Follows what happens in a dataset. Returns what ends it. */
export const followDataset = (id: string, reader: TopicReader<DatasetEvent>, after = 0): (() => void) => tabSocket().subscribe(`dataset:${id}`, reader, after);
