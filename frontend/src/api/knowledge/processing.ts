/** How documents become chunks, as it is stored, sent and overridden by one document. Sizes are in units: a wide (Chinese) character is two. */

export interface Cut { separator: string; max_tokens: number; overlap_tokens: number }
export interface ModelName { provider: string; model: string }

export interface StructureChunker { mode: "structure"; size: number }
export interface FixedChunker { mode: "fixed"; size: number; overlap: number }
export interface SeparatorChunker extends Cut { mode: "separator" }
export interface ParentChildChunker { mode: "parent_child"; parent: "section" | "paragraph" | "full"; parent_size: number; paragraph: Cut; child_size: number; child: Cut | null }
export interface PairsChunker { mode: "qa"; question_column: string; answer_column: string; model: ModelName | null }
export interface FullChunker { mode: "full" }
export type Chunker = StructureChunker | FixedChunker | SeparatorChunker | ParentChildChunker | PairsChunker | FullChunker;
export type ChunkMode = Chunker["mode"];

export interface Cleaning { collapse_spaces: boolean; remove_urls: boolean; remove_stop_words: boolean; drop_repeated_lines: boolean; normalise: boolean }
export interface Processing { cleaning: Cleaning; chunker: Chunker; metadata_model: ModelName | null }

/** The server's own defaults, for a mode that is chosen anew. */
export const CHUNKERS: { [M in ChunkMode]: Extract<Chunker, { mode: M }> } = {
  structure: { mode: "structure", size: 1000 },
  fixed: { mode: "fixed", size: 1000, overlap: 100 },
  separator: { mode: "separator", separator: "\n\n", max_tokens: 500, overlap_tokens: 50 },
  parent_child: { mode: "parent_child", parent: "section", parent_size: 4000, paragraph: { separator: "\n\n", max_tokens: 500, overlap_tokens: 0 }, child_size: 400, child: null },
  qa: { mode: "qa", question_column: "", answer_column: "", model: null },
  full: { mode: "full" },
};
