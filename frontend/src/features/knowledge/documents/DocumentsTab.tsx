/** The documents of a knowledge base, and how new ones come in. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { uploadLimitQuery, useMay } from "@/api";
import { Button, EmptyState, ErrorCard, FileDrop, Skeleton, useFormat } from "@/kit";
import { ACCEPT } from "../files";
import { DocumentRow } from "./DocumentRow";
import styles from "./DocumentsTab.module.css";
import { UploadRow } from "./UploadRow";
import { useDocuments } from "./useDocuments";
import { useUploads } from "./useUploads";

export interface DocumentsTabProps {
  datasetId: string;
  openId: string | null;
  onOpen: (documentId: string) => void;
}

export function DocumentsTab({ datasetId, openId, onOpen }: DocumentsTabProps) {
  const { t } = useTranslation("knowledge");
  const { query, documents, cancel, resume, remove, failure } = useDocuments(datasetId);
  const format = useFormat();
  const mayEdit = useMay("editor");
  const limit = useQuery(uploadLimitQuery).data ?? null;
  const { uploads, queue } = useUploads(datasetId);
  const isEmpty = query.isSuccess && documents.length === 0 && uploads.length === 0;
  const drop = mayEdit && <FileDrop compact={!isEmpty} accept={ACCEPT} title={t("drop.title")} hint={limit === null ? t("drop.kinds") : t("drop.hint", { limit: format.limit(limit) })} onFiles={(files) => queue.add(files, limit)} />;

  return (
    <>
      {isEmpty && <EmptyState compact picture="knowledge" title={t("noDocuments.title")} text={mayEdit ? t("noDocuments.text") : undefined} />}
      {drop}
      {failure !== null && <ErrorCard compact title={t("actionFailed")} error={failure} />}
      {query.isError && <ErrorCard title={t("documentsNotLoaded")} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={180} radius="var(--r3)" />}
      {(documents.length > 0 || uploads.length > 0) && (
        <section className={styles.table} aria-label={t("tabs.documents")}>
          <div className={styles.head} aria-hidden>
            <span>{t("column.name")}</span>
            <span>{t("column.stage")}</span>
            <span className={styles.minor}>{t("column.chunks")}</span>
            <span className={styles.minor}>{t("column.size")}</span>
            <span className={styles.minor}>{t("column.updated")}</span>
          </div>
          <ul>
            {uploads.map((upload) => (
              <UploadRow key={upload.id} upload={upload} limit={limit} onRemove={() => queue.remove(upload.id)} onRetry={() => queue.retry(upload.id)} />
            ))}
            {documents.map((document) => (
              <DocumentRow
                key={document.id}
                document={document}
                readOnly={!mayEdit}
                selected={document.id === openId}
                onOpen={() => onOpen(document.id)}
                onCancel={() => cancel(document.id)}
                onResume={() => resume(document.id)}
                onDelete={() => remove(document)}
              />
            ))}
          </ul>
        </section>
      )}
      {query.hasNextPage && (
        <Button className={styles.more} loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("more")}
        </Button>
      )}
    </>
  );
}
