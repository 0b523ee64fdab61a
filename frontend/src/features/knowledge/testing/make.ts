/** Documents, passages and hits for tests, each as it is unless said otherwise; and sizes for lists that draw what fits. */
import { vi } from "vitest";
import { type Chunk, type Dataset, type FoundPassage, type KnowledgeDocument, type Retrieval } from "@/api";

const AT = "2026-01-01T00:00:00Z";

export const makeDataset = (over: Partial<Dataset> = {}): Dataset => ({ id: "k", name: "Looms", description: "", document_count: 1, chunk_count: 2, embedding_provider: "weft", embedding_model: "all-MiniLM-L6-v2", external: null, created_at: AT, updated_at: AT, used_by: [], ...over });

export const makeDocument = (over: Partial<KnowledgeDocument> = {}): KnowledgeDocument => ({
  id: "d", dataset_id: "k", name: "Manual.pdf", source: "file", source_url: "", connector_id: null, batch: "", size_bytes: 4_812_332, mime_type: "application/pdf", language: "en",
  stage: "ready", error: null, warnings: [], progress: 1, done: 0, total: 0, counts: "chunks", eta_s: null, retry_at: null, stalled: false, stopping: null, times: {}, page_count: 12, char_count: 100, chunk_count: 214,
  reused_count: 0, outdated: false, processing: null, metadata: {}, is_enabled: true, is_archived: false, hit_count: 0, created_at: AT, updated_at: AT, ...over,
});

export const makeChunk = (over: Partial<Chunk> = {}): Chunk => ({
  id: "c", document_id: "d", kind: "passage", parent_id: null, position: 0, content: "Oil the reed every forty days.", answer: "", keywords: [], headings: [], page: null, boxes: [], start: 0, end: 30,
  is_enabled: true, is_edited: false, is_indexed: true, hit_count: 0, child_count: 0, created_at: AT, updated_at: AT, ...over,
});

export const makeHit = (over: Partial<FoundPassage> = {}): FoundPassage => ({
  chunk_id: "c", document_id: "d", document_name: "Manual.pdf", dataset_id: "k", dataset_name: "Looms", position: 31, headings: ["Reset"], page: 14, content: "Hold the button.", answer: "", kind: "passage",
  score: 0.834, score_method: "fused", scores: { vector: { score: 0.61, rank: 2 }, lexical: { score: 7.25, rank: 1 }, fused: { score: 1, rank: 1 } }, metadata: {}, children: [], also: [], ...over,
});

export const RETRIEVAL: Retrieval = {
  method: "hybrid", fusion: "weighted", vector_weight: null, top_k: 4, threshold: null, rerank: null, expand: { parent: true, neighbours: 0 }, diversity: 0, per_document: null,
  questions: { provider: "", model: "", rewrite: false, variants: 0, hyde: false, filter: false }, filter: null, max_tokens: null, cache: true,
};

/** jsdom lays nothing out; a list that draws what fits its window needs one. */
export function giveRoom(height = 800): void {
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(height);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(height / 10);
}
