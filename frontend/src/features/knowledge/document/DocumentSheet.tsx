/** One document opened: its facts, and the passages it was cut into. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { chunksQuery, documentQuery, type KnowledgeDocument } from "@/api";
import { Button, ErrorCard, Sheet, Skeleton, useFormat } from "@/kit";
import { StageCell } from "../documents/StageCell";
import { ChunkCard } from "./ChunkCard";
import styles from "./DocumentSheet.module.css";
import { useReachChunk } from "./useReachChunk";

export interface DocumentSheetProps {
  documentId: string | null;
  /** A passage to show first, found by the retrieval test. */
  position: number | null;
  onClose: () => void;
}

export function DocumentSheet({ documentId, position, onClose }: DocumentSheetProps) {
  return documentId && <OpenDocument key={documentId} documentId={documentId} position={position} onClose={onClose} />;
}

function OpenDocument({ documentId, position, onClose }: { documentId: string; position: number | null; onClose: () => void }) {
  const { t } = useTranslation("knowledge");
  const document = useQuery(documentQuery(documentId));
  const chunks = useInfiniteQuery(chunksQuery(documentId));
  const items = chunks.data?.pages.flatMap((page) => page.items) ?? [];
  const wanted = useReachChunk(chunks, position);
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()} title={<span className={styles.title}>{document.data?.name ?? t("document")}</span>} width="560px">
      <div className={styles.body}>
        {document.isError && <ErrorCard title={t("documentNotLoaded")} error={document.error} onRetry={() => void document.refetch()} />}
        {document.data && <Facts document={document.data} />}
        {document.data?.error && <ErrorCard compact title={t("failedTitle")} error={document.data.error} />}
        <h3 className={styles.heading}>{t("passages")}</h3>
        {chunks.isError && <ErrorCard compact title={t("chunksNotLoaded")} error={chunks.error} onRetry={() => void chunks.refetch()} />}
        {chunks.isPending && <Skeleton height={120} radius="var(--r2)" />}
        {chunks.isSuccess && items.length === 0 && <p className={styles.none}>{t("noChunks")}</p>}
        <ol className={styles.chunks}>
          {items.map((chunk) => (
            <ChunkCard key={chunk.id} chunk={chunk} ref={chunk.position === position ? wanted : undefined} marked={chunk.position === position} />
          ))}
        </ol>
        {chunks.hasNextPage && (
          <Button loading={chunks.isFetchingNextPage} onClick={() => void chunks.fetchNextPage()}>
            {t("moreChunks")}
          </Button>
        )}
      </div>
    </Sheet>
  );
}

function Facts({ document }: { document: KnowledgeDocument }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  return (
    <dl className={styles.facts}>
      <dt>{t("column.stage")}</dt>
      <dd>
        <StageCell document={document} />
      </dd>
      <dt>{t("column.chunks")}</dt>
      <dd>{format.number(document.chunk_count)}</dd>
      <dt>{t("column.size")}</dt>
      <dd>{format.bytes(document.size_bytes)}</dd>
      <dt>{t("uploaded")}</dt>
      <dd>{format.dateTime(document.created_at)}</dd>
    </dl>
  );
}
