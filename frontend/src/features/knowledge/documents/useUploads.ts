/** The upload queue of one dataset as React state. Leaving the page stops what is under way. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { datasetKeys, type Items, type KnowledgeDocument, sendFile } from "@/api";
import { type Pages, withNew } from "../documentCache";
import { type SendFile, Uploads } from "../uploads";

const sendTo = (datasetId: string): SendFile => async (...sent) => (await sendFile<Items<KnowledgeDocument>>(`/datasets/${datasetId}/documents`, ...sent)).items;

export function useUploads(datasetId: string) {
  const client = useQueryClient();
  const [queue] = useState(
    () =>
      new Uploads(sendTo(datasetId), (documents) => {
        client.setQueryData<Pages>(datasetKeys.documents(datasetId), (data) => data && withNew(data, documents));
        void client.invalidateQueries({ queryKey: datasetKeys.one(datasetId), exact: true });
      }),
  );
  const uploads = useSyncExternalStore(queue.subscribe, queue.read);
  const isBusy = uploads.some((upload) => upload.status === "sending" || upload.status === "waiting");
  useEffect(() => queue.stopAll, [queue]);
  useWarning(isBusy);
  return { uploads, queue };
}

/** Closing the tab in the middle of an upload loses it: the browser asks first. */
function useWarning(isBusy: boolean): void {
  useEffect(() => {
    if (!isBusy) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isBusy]);
}
