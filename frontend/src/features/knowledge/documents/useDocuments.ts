/** The documents of a dataset as a filter leaves them, and what can be done to one or many. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { datasetKeys, type DocumentAction, type DocumentFilter, documentsQuery, type KnowledgeDocument, steerDocuments } from "@/api";
import { useUndo } from "@/kit";
import { keepNewest, type Pages, withDocument, withoutDocument } from "../documentCache";

/** As many as one request takes. */
const AT_ONCE = 1000;

export function useDocuments(datasetId: string, filter: DocumentFilter) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const offerUndo = useUndo();
  const query = useInfiniteQuery({
    ...documentsQuery(datasetId, filter),
    placeholderData: (before) => before,
    structuralSharing: (before, fetched) => keepNewest(before as Pages | undefined, fetched as Pages),
  });
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const documents = useMemo(() => (query.data?.pages.flatMap((page) => page.items) ?? []).filter((document) => !hidden.has(document.id)), [query.data, hidden]);
  const lists = useMemo(() => ({ queryKey: datasetKeys.documents(datasetId) }), [datasetId]);

  const act = async (action: DocumentAction, ids: readonly string[]) => {
    setFailure(null);
    setBusy(true);
    try {
      for (const part of partsOf(ids)) {
        const { items } = await steerDocuments(datasetId, action, part);
        client.setQueriesData<Pages>(lists, (data) => data && items.reduce<Pages>((now, document) => withDocument(now, document) ?? now, data));
      }
      // what is archived is in another list
      if (action === "archive" || action === "unarchive") await client.invalidateQueries(lists);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const remove = (gone: readonly KnowledgeDocument[]) => {
    const [first] = gone;
    if (!first) return;
    const ids = gone.map((document) => document.id);
    const show = () => setHidden((now) => new Set([...now].filter((id) => !ids.includes(id))));
    setHidden((now) => new Set([...now, ...ids]));
    offerUndo({
      message: gone.length === 1 ? t("deleted", { name: first.name }) : t("bulk.deleted", { count: gone.length }),
      undo: show,
      commit: async () => {
        try {
          for (const part of partsOf(ids)) await steerDocuments(datasetId, "delete", part);
          client.setQueriesData<Pages>(lists, (data) => data && ids.reduce(withoutDocument, data));
          await client.invalidateQueries({ queryKey: datasetKeys.one(datasetId), exact: true });
        } catch (error) {
          setFailure(error);
        } finally {
          show();
        }
      },
    });
  };
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  return { query, documents, failure, busy, remove, more, act: (action: DocumentAction, ids: readonly string[]) => void act(action, ids) };
}

const partsOf = (ids: readonly string[]): string[][] => Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, index) => ids.slice(index * AT_ONCE, (index + 1) * AT_ONCE));
