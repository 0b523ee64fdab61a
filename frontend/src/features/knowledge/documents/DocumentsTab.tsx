/** The documents of a knowledge base: brought in, watched on their way, looked for, steered one by one or together. */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Dataset, formatsQuery, type KnowledgeDocument, uploadLimitQuery, useMay } from "@/api";
import { Button, EmptyState, ErrorCard, FileDrop, Skeleton, useFormat } from "@/kit";
import { acceptOf } from "../files";
import { VirtualList } from "../lists/VirtualList";
import { Tick } from "../parts/Tick";
import { BulkBar } from "./BulkBar";
import { DocumentRow } from "./DocumentRow";
import styles from "./DocumentsTab.module.css";
import { DocumentTools } from "./DocumentTools";
import { type Shown, useDocumentFilter } from "./filter";
import { UploadRow } from "./UploadRow";
import { useDocuments } from "./useDocuments";
import { useSelection } from "./useSelection";
import { useUploads } from "./useUploads";

export function DocumentsTab({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const mayEdit = useMay("editor");
  const limit = useQuery(uploadLimitQuery).data ?? null;
  const extensions = useQuery(formatsQuery).data?.extensions ?? null;
  const [words, setWords] = useState("");
  const [shown, setShown] = useState<Shown>("all");
  const filter = useDocumentFilter(useDeferredValue(words), shown);
  const { query, documents, act, remove, more, busy, failure } = useDocuments(dataset.id, filter);
  const { uploads, queue } = useUploads(dataset.id);
  const order = useMemo(() => documents.map((document) => document.id), [documents]);
  const selection = useSelection(order);
  const isFiltered = words.trim() !== "" || shown !== "all";
  const isEmpty = query.isSuccess && documents.length === 0 && uploads.length === 0 && !isFiltered;
  const chosen = documents.filter((document) => selection.has(document.id));
  const drop = mayEdit && <FileDrop compact={!isEmpty} {...(extensions && { accept: acceptOf(extensions) })} title={t("drop.title")} hint={limit === null ? t("drop.kinds") : t("drop.hint", { limit: format.limit(limit) })} onFiles={(files) => queue.add(files, { extensions, limit })} />;

  return (
    <>
      {isEmpty && <EmptyState compact picture="knowledge" title={t("noDocuments.title")} text={mayEdit ? t("noDocuments.text") : undefined} />}
      {drop}
      <DocumentTools dataset={dataset} words={words} onWords={setWords} shown={shown} onShown={setShown} readOnly={!mayEdit} isEmpty={isEmpty} />
      {failure !== null && <ErrorCard compact title={t("actionFailed")} error={failure} />}
      {query.isError && <ErrorCard title={t("documentsNotLoaded")} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={180} radius="var(--r3)" />}
      {query.isSuccess && documents.length === 0 && isFiltered && <EmptyState compact picture="search" title={t("noneFound")} action={<Button onClick={() => { setWords(""); setShown("all"); }}>{t("showAll")}</Button>} />}
      {(documents.length > 0 || uploads.length > 0) && (
        <section className={styles.table} aria-label={t("tabs.documents")} aria-busy={query.isPlaceholderData || undefined}>
          <div className={styles.head}>
            {mayEdit ? <Tick checked={selection.all} label={t("tickAll")} onChange={(on) => selection.setAll(on)} /> : <span />}
            <span aria-hidden>{t("column.name")}</span>
            <span aria-hidden>{t("column.stage")}</span>
            <span aria-hidden className={styles.minor}>{t("column.chunks")}</span>
            <span aria-hidden className={styles.minor}>{t("column.hits")}</span>
            <span aria-hidden className={styles.minor}>{t("column.size")}</span>
            <span aria-hidden className={styles.minor}>{t("column.updated")}</span>
          </div>
          {uploads.length > 0 && (
            <ul aria-label={t("upload.label")}>
              {uploads.map((upload) => (
                <UploadRow key={upload.id} upload={upload} limit={limit} onRemove={() => queue.remove(upload.id)} onRetry={() => queue.retry(upload.id)} />
              ))}
            </ul>
          )}
          <VirtualList<KnowledgeDocument> items={documents} itemKey={keyOf} estimate={53} label={t("tabs.documents")} total={query.hasNextPage ? -1 : documents.length} onNearEnd={more}>
            {(document) => (
              <DocumentRow document={document} readOnly={!mayEdit} ticked={selection.has(document.id)} onTick={(shift) => selection.toggle(document.id, shift)} onDo={(action) => act(action, [document.id])} onDelete={() => remove([document])} />
            )}
          </VirtualList>
        </section>
      )}
      {chosen.length > 0 && (
        <BulkBar
          count={chosen.length}
          busy={busy}
          onDo={(action) => act(action, chosen.map((document) => document.id))}
          onDelete={() => {
            remove(chosen);
            selection.clear();
          }}
          onClear={selection.clear}
        />
      )}
    </>
  );
}

const keyOf = (document: KnowledgeDocument): string => document.id;
