/** Asks anew how a run stands and what it waits for; its log comes by itself. */
import { type QueryClient } from "@tanstack/react-query";
import { runFormsQuery, runKeys } from "@/api";

export function refreshRun(client: QueryClient, runId: string): void {
  void client.invalidateQueries({ queryKey: runKeys.one(runId), exact: true });
  void client.invalidateQueries({ queryKey: runFormsQuery(runId).queryKey });
}
