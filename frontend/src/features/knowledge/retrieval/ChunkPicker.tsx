/** Finds the passage somebody misses: a document by its name, then a passage by its words. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ChevronLeft, FileText, Search } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { documentsQuery, type KnowledgeDocument, passagesWithQuery } from "@/api";
import { Button, Dialog, ErrorCard, Input, Skeleton } from "@/kit";
import styles from "./ChunkPicker.module.css";
import { type Asked } from "./WhyNotDialog";

export interface ChunkPickerProps {
  datasetId: string;
  open: boolean;
  onClose: () => void;
  onPick: (picked: Asked) => void;
}

export function ChunkPicker({ datasetId, open, onClose, onPick }: ChunkPickerProps) {
  const { t } = useTranslation("retrieval");
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t("picker.title")} description={t("picker.text")} width="md">
      <Steps datasetId={datasetId} onPick={onPick} />
    </Dialog>
  );
}

function Steps({ datasetId, onPick }: { datasetId: string; onPick: (picked: Asked) => void }) {
  const [document, setDocument] = useState<KnowledgeDocument | null>(null);
  return document ? <PassagesOf document={document} onBack={() => setDocument(null)} onPick={onPick} /> : <DocumentsOf datasetId={datasetId} onPick={setDocument} />;
}

function DocumentsOf({ datasetId, onPick }: { datasetId: string; onPick: (document: KnowledgeDocument) => void }) {
  const { t } = useTranslation("retrieval");
  const [words, setWords] = useState("");
  const asked = useDeferredValue(words.trim());
  const query = useInfiniteQuery(documentsQuery(datasetId, asked ? { q: asked } : {}));
  const documents = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={styles.step}>
      <Input icon={<Search />} value={words} aria-label={t("picker.document")} placeholder={t("picker.document")} onChange={(event) => setWords(event.target.value)} />
      {query.isPending && <Skeleton height={120} radius="var(--r2)" />}
      {query.isError && <ErrorCard compact title={t("picker.failed")} error={query.error} onRetry={() => void query.refetch()} />}
      <ul className={styles.list}>
        {documents.map((document) => (
          <li key={document.id}>
            <button type="button" className={styles.row} onClick={() => onPick(document)}>
              <FileText size={16} aria-hidden />
              <span>{document.name}</span>
            </button>
          </li>
        ))}
      </ul>
      {query.isSuccess && documents.length === 0 && <p className={styles.none}>{t("picker.none")}</p>}
      {query.hasNextPage && (
        <Button size="sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("history.more")}
        </Button>
      )}
    </div>
  );
}

function PassagesOf({ document, onBack, onPick }: { document: KnowledgeDocument; onBack: () => void; onPick: (picked: Asked) => void }) {
  const { t } = useTranslation("retrieval");
  const [words, setWords] = useState("");
  const asked = useDeferredValue(words.trim());
  const query = useQuery(passagesWithQuery(document.id, asked));
  const chunks = query.data?.items ?? [];
  return (
    <div className={styles.step}>
      <Button size="sm" variant="ghost" icon={<ChevronLeft />} className={styles.back} onClick={onBack}>
        {document.name}
      </Button>
      <Input icon={<Search />} value={words} autoFocus aria-label={t("picker.passage")} placeholder={t("picker.passage")} onChange={(event) => setWords(event.target.value)} />
      {query.isPending && <Skeleton height={120} radius="var(--r2)" />}
      {query.isError && <ErrorCard compact title={t("picker.failed")} error={query.error} onRetry={() => void query.refetch()} />}
      <ul className={styles.list}>
        {chunks.map((chunk) => (
          <li key={chunk.id}>
            <button type="button" className={styles.row} onClick={() => onPick({ chunkId: chunk.id, name: `${document.name} · ${t("place.passage", { position: chunk.position + 1 })}`, content: chunk.content })}>
              <b>#{chunk.position + 1}</b>
              <span className={styles.words}>{chunk.content}</span>
            </button>
          </li>
        ))}
      </ul>
      {query.isSuccess && chunks.length === 0 && <p className={styles.none}>{t("picker.none")}</p>}
      {query.data?.next && <p className={styles.none}>{t("picker.narrow")}</p>}
    </div>
  );
}
