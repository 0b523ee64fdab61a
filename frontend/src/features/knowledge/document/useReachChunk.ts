/** Loads passages until the wanted one is there, then brings it into view. */
import { type UseInfiniteQueryResult } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { type Chunk, type Items } from "@/api";

type Chunks = UseInfiniteQueryResult<{ pages: Items<Chunk>[] }>;

export function useReachChunk(chunks: Chunks, position: number | null): (element: HTMLElement | null) => void {
  const { data, hasNextPage, isFetchingNextPage, isError, fetchNextPage } = chunks;
  const last = data?.pages.at(-1)?.items.at(-1)?.position ?? -1;
  useEffect(() => {
    const isMissing = position !== null && data !== undefined && last < position;
    if (isMissing && hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [position, data, last, hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  return useCallback((element: HTMLElement | null) => element?.scrollIntoView({ block: "center" }), []);
}
