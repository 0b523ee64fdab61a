/** The documents of a dataset and what can be done to each. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cancelDocument, datasetKeys, deleteDocument, documentsQuery, type KnowledgeDocument, resumeDocument } from "@/api";
import { useUndo } from "@/kit";
import { keepNewest, type Pages, withDocument, withoutDocument } from "../documentCache";

export function useDocuments(datasetId: string) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const offerUndo = useUndo();
  const query = useInfiniteQuery({
    ...documentsQuery(datasetId),
    structuralSharing: (before, fetched) => keepNewest(before as Pages | undefined, fetched as Pages),
  });
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<unknown>(null);
  const key = datasetKeys.documents(datasetId);
  const documents = (query.data?.pages.flatMap((page) => page.items) ?? []).filter((document) => !hidden.has(document.id));
  const show = (id: string) => setHidden((now) => new Set([...now].filter((one) => one !== id)));

  const act = (action: (id: string) => Promise<KnowledgeDocument>) => async (id: string) => {
    setFailure(null);
    try {
      const document = await action(id);
      client.setQueryData<Pages>(key, (data) => (data && withDocument(data, document)) ?? data);
    } catch (error) {
      setFailure(error);
    }
  };
  const remove = (document: KnowledgeDocument) => {
    setHidden((now) => new Set(now).add(document.id));
    offerUndo({
      message: t("deleted", { name: document.name }),
      undo: () => show(document.id),
      commit: async () => {
        try {
          await deleteDocument(document.id);
          client.setQueryData<Pages>(key, (data) => data && withoutDocument(data, document.id));
          await client.invalidateQueries({ queryKey: datasetKeys.one(datasetId), exact: true });
        } catch (error) {
          setFailure(error);
        } finally {
          show(document.id);
        }
      },
    });
  };
  const cancel = act(cancelDocument);
  const resume = act(resumeDocument);
  return { query, documents, failure, remove, cancel: (id: string) => void cancel(id), resume: (id: string) => void resume(id) };
}
