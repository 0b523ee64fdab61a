/** Which documents of a dataset are shown: by a part of the name, and by how they stand. */
import { useMemo } from "react";
import { type DocumentFilter } from "@/api";

export const SHOWN = ["all", "ready", "moving", "failed", "stopped", "archived"] as const;
export type Shown = (typeof SHOWN)[number];

const OF: Record<Shown, DocumentFilter> = {
  all: {},
  ready: { stage: "ready", archived: false },
  moving: { stage: "queued,parsing,chunking,embedding,indexing" },
  failed: { stage: "failed" },
  stopped: { stage: "paused,cancelled" },
  archived: { archived: true },
};

export function useDocumentFilter(words: string, shown: Shown): DocumentFilter {
  return useMemo(() => ({ ...OF[shown], ...(words.trim() && { q: words.trim() }) }), [words, shown]);
}
