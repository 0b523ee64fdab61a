/** What is known of a move to another model or store, brought in step with news of it. */
import { type QueryClient } from "@tanstack/react-query";
import { datasetKeys, type Move, moveQuery, readingQuery } from "@/api";

/** Once it is there, all pages of the knowledge base are about another model or store. */
export function takeMove(client: QueryClient, move: Move): void {
  client.setQueryData(moveQuery(move.dataset_id).queryKey, move);
  if (move.state !== "none") return;
  void client.resetQueries({ queryKey: readingQuery(move.dataset_id).queryKey });
  void client.invalidateQueries({ queryKey: datasetKeys.one(move.dataset_id) });
}
