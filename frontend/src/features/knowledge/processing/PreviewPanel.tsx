/** How settings would cut a document, before anything is stored: the first passages, their number and sizes. */
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Eye } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { documentsQuery, type KnowledgeDocument, type Preview, previewChunks, previewFile, type PreviewChunk, type Processing } from "@/api";
import { Button, ErrorCard, FileDrop, Select, Skeleton, Tag, useFormat } from "@/kit";
import styles from "./PreviewPanel.module.css";

export interface PreviewPanelProps {
  datasetId: string;
  processing: Processing;
  /** The document to try them on; null lets one be chosen. */
  documentId: string | null;
}

export function PreviewPanel({ datasetId, processing, documentId }: PreviewPanelProps) {
  const { t } = useTranslation("retrieval");
  const [chosen, setChosen] = useState<string | null>(null);
  const documents = useInfiniteQuery({ ...documentsQuery(datasetId), enabled: documentId === null });
  const offered = documents.data?.pages.flatMap((page) => page.items) ?? [];
  const first = offered.find(isReadable);
  const passedOver = offered.slice(0, first ? offered.indexOf(first) : offered.length);
  const id = documentId ?? chosen ?? first?.id ?? null;
  const make = useMutation<Preview, unknown, File | null>({ mutationFn: (file) => (file ? previewFile(datasetId, file, processing) : previewChunks(datasetId, id ?? "", processing)) });
  return (
    <section className={styles.panel} aria-label={t("preview.title")}>
      <p className={styles.note}>{t("preview.text")}</p>
      <div className={styles.row}>
        {documentId === null && offered.length > 0 && <Select size="sm" label={t("preview.document")} value={id ?? undefined} onChange={setChosen} options={offered.map((document) => ({ value: document.id, label: isReadable(document) ? document.name : t("preview.unreadable", { name: document.name }) }))} className={styles.choice} />}
        {id !== null && (
          <Button size="sm" icon={<Eye />} loading={make.isPending} onClick={() => make.mutate(null)}>
            {t("preview.button")}
          </Button>
        )}
      </div>
      {documentId === null && chosen === null && passedOver[0] && <p className={styles.note}>{first ? t(passedOver.length > 1 ? "preview.skippedMore" : "preview.skipped", { name: passedOver[0].name, n: passedOver.length - 1 }) : t("preview.noneReadable")}</p>}
      {documentId === null && <FileDrop compact multiple={false} title={t("preview.file")} disabled={make.isPending} onFiles={([file]) => file && make.mutate(file)} />}
      {make.isPending && <Skeleton height={120} radius="var(--r2)" />}
      {make.isError && <ErrorCard compact title={t("preview.failed")} error={make.error} />}
      {make.data && !make.isPending && <Made made={make.data} />}
    </section>
  );
}

/** Whether there is any use in trying settings on it. */
const isReadable = (document: KnowledgeDocument): boolean => document.stage !== "failed";

function Made({ made }: { made: Preview }) {
  const { t } = useTranslation("retrieval");
  const format = useFormat();
  const shown = made.chunks.filter((chunk) => chunk.parent_index === null);
  const most = Math.max(1, ...made.sizes.map((size) => size.count));
  if (shown.length === 0) return <p className={styles.note}>{t("preview.none")}</p>;
  return (
    <div className={styles.made} role="status">
      <p className={styles.counts}>
        <b>{t("preview.of", { shown: format.number(shown.length), count: made.is_partial ? made.estimate.chunks : made.counts.chunks })}</b>
        {made.is_partial && <Tag>{t("preview.partial")}</Tag>}
        <span>{t("preview.tokens", { n: format.number(made.is_partial ? made.estimate.tokens : made.counts.tokens) })}</span>
        {made.estimate.seconds !== null && <span>{t("preview.seconds", { time: format.duration(made.estimate.seconds * 1000) })}</span>}
      </p>
      <div className={styles.sizes} role="img" aria-label={t("preview.sizes", { text: made.sizes.map((size) => `${size.from}–${size.to}: ${size.count}`).join(", ") })}>
        {made.sizes.map((size) => (
          <span key={size.from} className={styles.size} title={`${size.from}–${size.to}`}>
            <i style={{ height: `${Math.max(3, (size.count / most) * 100)}%` }} data-none={size.count === 0 || undefined} />
            <em>{size.from}</em>
          </span>
        ))}
      </div>
      {made.warnings.map((warning, index) => (
        <ErrorCard key={index} compact title={t("preview.warning")} error={warning} />
      ))}
      <ol className={styles.chunks}>
        {made.chunks.map((chunk, index) => chunk.parent_index === null && <Cut key={index} number={index + 1} chunk={chunk} inside={made.chunks.filter((other) => other.parent_index === index)} />)}
      </ol>
    </div>
  );
}

function Cut({ chunk, number, inside }: { chunk: PreviewChunk; number: number; inside: readonly PreviewChunk[] }) {
  const { t } = useTranslation("retrieval");
  const format = useFormat();
  return (
    <li className={styles.chunk}>
      <header>
        <b>#{number}</b>
        {chunk.headings.length > 0 && <span>{chunk.headings.join(" › ")}</span>}
        <span className={styles.end}>
          {[t("preview.letters", { n: format.number([...chunk.content].length) }), t("preview.tokens", { n: format.number(chunk.tokens) }), inside.length > 0 && t("preview.children", { count: inside.length })].filter(Boolean).join(" · ")}
        </span>
      </header>
      <p>{chunk.content}</p>
      {chunk.answer && <p className={styles.inner}>{chunk.answer}</p>}
      {inside.map((child, index) => (
        <p key={index} className={styles.inner}>
          {child.content}
        </p>
      ))}
    </li>
  );
}
