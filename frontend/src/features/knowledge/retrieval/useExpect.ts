/** "This should have been found": makes passages part of a question's case. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { evaluationKeys, expectChunk } from "@/api";

export function useExpect(datasetId: string, question: string) {
  const client = useQueryClient();
  const [made, setMade] = useState<ReadonlySet<string>>(new Set());
  const keyOf = (chunkId: string) => `${question}\n${chunkId}`;
  const work = useMutation({
    mutationFn: (chunkId: string) => expectChunk(datasetId, question, chunkId),
    onSuccess: (_, chunkId) => {
      setMade((now) => new Set(now).add(keyOf(chunkId)));
      void client.invalidateQueries({ queryKey: evaluationKeys.cases(datasetId) });
    },
  });
  return { failure: work.error, pending: work.isPending, has: (chunkId: string) => made.has(keyOf(chunkId)), expect: (chunkId: string) => work.mutate(chunkId) };
}
