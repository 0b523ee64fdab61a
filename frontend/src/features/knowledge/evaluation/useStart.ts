/** Starts an evaluation, and shows it among the others at once. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Evaluation, evaluationKeys, type Items, type NewEvaluation, startEvaluation } from "@/api";

export function useStart(datasetId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: NewEvaluation) => startEvaluation(datasetId, input),
    onSuccess: (started) =>
      client.setQueryData<Items<Evaluation>>(evaluationKeys.list(datasetId), (data) => data && { ...data, items: [started, ...data.items.filter((one) => one.id !== started.id)] }),
  });
}
