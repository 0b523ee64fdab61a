/** The document as its makers see it where a browser can draw that, else the text that was read from it. */
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Chunk, documentFileUrl, documentTextQuery, type KnowledgeDocument } from "@/api";
import { Button, EmptyState, ErrorCard, Segmented, Skeleton } from "@/kit";
import { PdfView } from "../original/PdfView";
import { TextView } from "../original/TextView";
import styles from "./DocumentPage.module.css";

type Face = "pages" | "text";

export interface OriginalProps {
  document: KnowledgeDocument;
  chunks: readonly Chunk[];
  selected: string | null;
  onSelect: (chunkId: string) => void;
}

export function Original({ document, chunks, selected, onSelect }: OriginalProps) {
  const { t } = useTranslation("knowledge");
  const isPdf = document.mime_type === "application/pdf";
  const [face, setFace] = useState<Face>(isPdf ? "pages" : "text");
  const file = documentFileUrl(document.id);
  return (
    <section className={styles.original} aria-label={t("original.title")}>
      <header className={styles.originalHead}>
        {isPdf ? (
          <Segmented<Face> size="sm" label={t("original.face")} value={face} onChange={setFace} options={[{ value: "pages", label: t("original.pages") }, { value: "text", label: t("original.text") }]} />
        ) : (
          <span>{t("original.text")}</span>
        )}
        <Button asChild size="sm" variant="ghost">
          <a href={file} download={document.name}>
            <Download size={15} aria-hidden /> {t("original.download")}
          </a>
        </Button>
      </header>
      {face === "pages" ? <PdfView url={file} chunks={chunks} selected={selected} onSelect={onSelect} /> : <ParsedText document={document} chunks={chunks} selected={selected} onSelect={onSelect} />}
    </section>
  );
}

function ParsedText({ document, chunks, selected, onSelect }: OriginalProps) {
  const { t } = useTranslation("knowledge");
  const text = useQuery(documentTextQuery(document.id, document.stage === "ready" ? document.updated_at : document.stage));
  if (text.isPending) return <div className={styles.fault}><Skeleton height={240} radius="var(--r2)" /></div>;
  if (text.isError) return <div className={styles.fault}><ErrorCard title={t("original.textNotLoaded")} error={text.error} onRetry={() => void text.refetch()} /></div>;
  if (text.data.text === "") return <EmptyState compact picture="knowledge" title={t("original.noText")} text={t("original.noTextYet")} />;
  return <TextView text={text.data.text} chunks={chunks} selected={selected} onSelect={onSelect} />;
}
