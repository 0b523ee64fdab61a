/** The passages of a document, and the smaller ones cut out of them. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Items } from "../client";
import { datasetKeys } from "./datasets";

/** A parent is shown but not searched, a child is searched and shows its parent; a pair is a question with its answer. */
export type ChunkKind = "passage" | "parent" | "child" | "pair";
export interface Chunk {
  id: string;
  document_id: string;
  kind: ChunkKind;
  parent_id: string | null;
  /** From 0; of a child, within its parent. */
  position: number;
  content: string;
  answer: string;
  keywords: string[];
  headings: string[];
  page: number | null;
  /** Where it stands on its pages, as shares of their size. */
  boxes: { page: number; x0: number; y0: number; x1: number; y1: number }[];
  /** Its place in the document's text, in characters. */
  start: number | null;
  end: number | null;
  is_enabled: boolean;
  is_edited: boolean;
  /** Found by its vector, too. */
  is_indexed: boolean;
  hit_count: number;
  child_count: number;
  created_at: string;
  updated_at: string;
}
export interface ChunkInput { content: string; answer?: string; keywords?: string[] }

const cursors = { initialPageParam: null as string | null, getNextPageParam: (page: Items<unknown>) => page.next };

/** Children are not among them. */
export const chunksQuery = (documentId: string) => infiniteQueryOptions({
  ...cursors,
  queryKey: datasetKeys.chunks(documentId),
  queryFn: ({ pageParam, signal }) => api.get<Items<Chunk>>(`/documents/${documentId}/chunks`, { query: { cursor: pageParam, limit: 200 }, signal }),
});
export const childrenQuery = (parentId: string) => queryOptions({ queryKey: ["chunks", parentId, "children"], queryFn: ({ signal }) => api.get<Items<Chunk>>(`/chunks/${parentId}/children`, { query: { limit: 200 }, signal }) });
export const chunkQuery = (id: string) => queryOptions({ queryKey: ["chunks", id], queryFn: ({ signal }) => api.get<Chunk>(`/chunks/${id}`, { signal }) });

export const addChunk = async (documentId: string, input: ChunkInput): Promise<Chunk> => {
  const { items } = await api.post<{ items: [Chunk] }>(`/documents/${documentId}/chunks`, { items: [input] });
  return items[0];
};
export const addChild = (parentId: string, content: string) => api.post<Chunk>(`/chunks/${parentId}/children`, { content });
export const updateChunk = (id: string, change: Partial<ChunkInput> & { is_enabled?: boolean }) => api.patch<Chunk>(`/chunks/${id}`, change);
export const deleteChunk = (id: string) => api.delete(`/chunks/${id}`, { keepalive: true });
/** The first passages of a document with these words in them. */
export const passagesWithQuery = (documentId: string, words: string) => queryOptions({ queryKey: [...datasetKeys.chunks(documentId), "with", words], queryFn: ({ signal }) => api.get<Items<Chunk>>(`/documents/${documentId}/chunks`, { query: { q: words, limit: 50 }, signal }) });
