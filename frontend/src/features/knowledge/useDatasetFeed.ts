/** Keeps a dataset's documents, evaluations and moves in step with the server while a page of it is open. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type DatasetEvent, datasetKeys, documentQuery, type Evaluation, evaluationKeys, followDataset, type Items, type KnowledgeDocument, tabSocket } from "@/api";
import { type Pages, isNewer, withDocument, withoutDocument } from "./documentCache";
import { takeMove } from "./moveCache";

export function useDatasetFeed(datasetId: string): void {
  const client = useQueryClient();
  useEffect(() => {
    const refresh = () => void client.invalidateQueries({ queryKey: datasetKeys.one(datasetId) });
    const end = followDataset(datasetId, {
      onEvent: (event: DatasetEvent) => takeIn(client, datasetId, event),
      onReset: refresh,
      onError: refresh,
    });
    let wasLost = false;
    const unwatch = tabSocket().watch((state) => {
      if (state === "waiting") wasLost = true;
      else if (state === "open" && wasLost) {
        wasLost = false;
        refresh();
      }
    });
    return () => {
      end();
      unwatch();
    };
  }, [client, datasetId]);
}

function takeIn(client: QueryClient, datasetId: string, event: DatasetEvent): void {
  switch (event.type) {
    case "document":
      return takeDocument(client, datasetId, event.document);
    case "document_removed":
      client.setQueriesData<Pages>({ queryKey: datasetKeys.documents(datasetId) }, (data) => data && withoutDocument(data, event.document_id));
      return;
    case "move":
      return takeMove(client, event.move);
    case "evaluation":
      return takeEvaluation(client, datasetId, event.evaluation);
    case "evaluation_removed":
      void client.invalidateQueries({ queryKey: evaluationKeys.list(datasetId) });
  }
}

function takeDocument(client: QueryClient, datasetId: string, document: KnowledgeDocument): void {
  refreshOpened(client, document);
  for (const [key, data] of client.getQueriesData<Pages>({ queryKey: datasetKeys.documents(datasetId) })) {
    if (!data) continue;
    const next = withDocument(data, document);
    if (next) client.setQueryData<Pages>(key, next);
    else if (isRecent(document)) void client.invalidateQueries({ queryKey: key, exact: true });
  }
  if (document.stage === "ready") void client.invalidateQueries({ queryKey: datasetKeys.one(datasetId), exact: true });
}

/** The document somebody looks at right now. */
function refreshOpened(client: QueryClient, document: KnowledgeDocument): void {
  const key = documentQuery(document.id).queryKey;
  const opened = client.getQueryData(key);
  if (!opened || !isNewer(document, opened)) return;
  client.setQueryData(key, document);
  const wasMade = document.chunk_count !== opened.chunk_count || (document.stage !== opened.stage && document.stage === "ready");
  if (wasMade) void client.invalidateQueries({ queryKey: datasetKeys.chunks(document.id) });
}

/** News tell the whole row but not the result, which may be long: that is fetched when there is one. */
function takeEvaluation(client: QueryClient, datasetId: string, evaluation: Evaluation): void {
  const key = evaluationKeys.list(datasetId);
  const data = client.getQueryData<Items<Evaluation>>(key);
  const known = data?.items.some((one) => one.id === evaluation.id);
  if (data && known) client.setQueryData<Items<Evaluation>>(key, { ...data, items: data.items.map((one) => (one.id === evaluation.id ? evaluation : one)) });
  else if (data && Date.now() - Date.parse(evaluation.created_at) < RECENT_MS) void client.invalidateQueries({ queryKey: key, exact: true });
  if (evaluation.finished_at === null) return;
  for (const stale of [evaluationKeys.one(evaluation.id), evaluationKeys.history(datasetId), evaluationKeys.cases(datasetId)]) void client.invalidateQueries({ queryKey: stale });
}

const RECENT_MS = 60_000;

/** Somebody else's upload. Old news of documents that are gone since are no reason to fetch anything. */
function isRecent(document: KnowledgeDocument): boolean {
  return Date.now() - Date.parse(document.updated_at) < RECENT_MS;
}
