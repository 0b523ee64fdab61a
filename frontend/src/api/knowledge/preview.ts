/** A dataset's settings as its page shows them; what documents are made from; and how settings would cut one. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "../client";
import { type ChunkKind } from "./chunks";
import { type DocumentWarning } from "./documents";
import { type Person } from "./metadata";
import { type VectorStore } from "./moves";
import { type Processing } from "./processing";

export interface DatasetSettings {
  processing: Processing;
  vector_store: VectorStore;
  api_enabled: boolean;
  embedding: { provider: string; model: string };
  /** Documents made with other settings than these. */
  outdated: number;
  people: Person[];
}
export interface DatasetSettingsChange { processing?: Partial<Processing>; api_enabled?: boolean }
export const datasetSettingsQuery = (datasetId: string) => queryOptions({ queryKey: ["datasets", datasetId, "settings"], queryFn: ({ signal }) => api.get<DatasetSettings>(`/datasets/${datasetId}/settings`, { signal }) });
export const updateDatasetSettings = (datasetId: string, change: DatasetSettingsChange) => api.patch<DatasetSettings>(`/datasets/${datasetId}/settings`, change);

/** Extensions without the dot. */
export const formatsQuery = queryOptions({ queryKey: ["document-formats"], queryFn: ({ signal }) => api.get<{ extensions: string[] }>("/document-formats", { signal }), staleTime: Infinity });

export interface PreviewChunk { kind: ChunkKind; content: string; answer: string; headings: string[]; page: number | null; parent_index: number | null; keywords: string[]; units: number; tokens: number }
export interface Preview {
  chunks: PreviewChunk[];
  counts: { chunks: number; children: number; searched: number; characters: number; tokens: number };
  sizes: { from: number; to: number; count: number }[];
  warnings: DocumentWarning[];
  /** Only the beginning was read. */
  is_partial: boolean;
  /** For all of it. */
  estimate: { chunks: number; characters: number; tokens: number; seconds: number | null };
  processing: Processing;
}
export const previewChunks = (datasetId: string, documentId: string, processing: Partial<Processing>) => api.post<Preview>(`/datasets/${datasetId}/preview`, { document_id: documentId, processing, limit: 20 });
/** Of a file that is not a document yet. */
export function previewFile(datasetId: string, file: File, processing: Partial<Processing>): Promise<Preview> {
  const form = new FormData();
  form.append("file", file);
  form.append("processing", JSON.stringify(processing));
  form.append("limit", "20");
  return api.post<Preview>(`/datasets/${datasetId}/preview`, form);
}
