/** Keeps a dataset's documents in step with the server while the page is open. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type DatasetEvent, datasetKeys, documentQuery, followDataset, type KnowledgeDocument, tabSocket } from "@/api";
import { isNewer, type Pages, withDocument, withoutDocument } from "./documentCache";

type FeedEvent = DatasetEvent | { type: "document_removed"; document_id: string };

export function useDatasetFeed(datasetId: string): void {
  const client = useQueryClient();
  useEffect(() => {
    const refresh = () => void client.invalidateQueries({ queryKey: datasetKeys.one(datasetId) });
    const end = followDataset(datasetId, {
      onEvent: (event: FeedEvent) => takeIn(client, datasetId, event),
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

function takeIn(client: QueryClient, datasetId: string, event: FeedEvent): void {
  const key = datasetKeys.documents(datasetId);
  const data = client.getQueryData<Pages>(key);
  if (!data) return;
  if (event.type === "document_removed") {
    client.setQueryData<Pages>(key, withoutDocument(data, event.document_id));
    return;
  }
  if (event.type !== "document") return;
  refreshOpened(client, event.document);
  const next = withDocument(data, event.document);
  if (next) client.setQueryData<Pages>(key, next);
  else if (isRecent(event.document)) void client.invalidateQueries({ queryKey: key });
  if (event.document.stage === "ready") void client.invalidateQueries({ queryKey: datasetKeys.one(datasetId), exact: true });
}

/** The document somebody looks at right now. */
function refreshOpened(client: QueryClient, document: KnowledgeDocument): void {
  const key = documentQuery(document.id).queryKey;
  const opened = client.getQueryData(key);
  if (!opened || !isNewer(document, opened)) return;
  client.setQueryData(key, document);
  if (document.chunk_count !== opened.chunk_count) void client.invalidateQueries({ queryKey: datasetKeys.chunks(document.id) });
}

const RECENT_MS = 60_000;

/** Somebody else's upload. Old news of documents that are gone since are no reason to fetch anything. */
function isRecent(document: KnowledgeDocument): boolean {
  return Date.now() - Date.parse(document.updated_at) < RECENT_MS;
}
