/** All passages of a document, fetched page after page: the original shows every one of them where it stands. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { type Chunk, chunkQuery, chunksQuery, type Items } from "@/api";

export interface ChunkPages {
  pages: Items<Chunk>[];
  pageParams: (string | null)[];
}

export function useChunks(documentId: string, selected: string | null) {
  const client = useQueryClient();
  const query = useInfiniteQuery(chunksQuery(documentId));
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  const chunks = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  // one that is not among them is a child: it is listed with its parent
  const isChild = selected !== null && query.isSuccess && !hasNextPage && !chunks.some((chunk) => chunk.id === selected);
  const child = useQuery({ ...chunkQuery(selected ?? ""), enabled: isChild }).data;
  const opened = isChild && child?.document_id === documentId ? child : null;
  const key = chunksQuery(documentId).queryKey;
  return {
    query,
    chunks,
    /** The selected passage where it is a child of one of them. */
    opened,
    /** The passage as the server has it now, in its place. */
    put: (chunk: Chunk) => client.setQueryData<ChunkPages>(key, (data) => data && mapped(data, (items) => items.map((one) => (one.id === chunk.id ? chunk : one)))),
    drop: (id: string) => client.setQueryData<ChunkPages>(key, (data) => data && mapped(data, (items) => items.filter((one) => one.id !== id))),
    refresh: () => client.invalidateQueries({ queryKey: key }),
  };
}

const mapped = (data: ChunkPages, change: (items: Chunk[]) => Chunk[]): ChunkPages => ({ ...data, pages: data.pages.map((page) => ({ ...page, items: change(page.items) })) });

/** Passages with the words in them, in their answers or above them. Pure. */
export function withWords(chunks: readonly Chunk[], words: string): readonly Chunk[] {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return chunks;
  return chunks.filter((chunk) => `${chunk.content}\n${chunk.answer}\n${chunk.headings.join("\n")}`.toLowerCase().includes(wanted));
}
