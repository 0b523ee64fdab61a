/** The document as its makers see it where a browser can draw that, else the text that was read from it. */
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Chunk, documentFileUrl, documentTextQuery, type KnowledgeDocument } from "@/api";
import { Button, EmptyState, ErrorCard, Segmented, Skeleton } from "@/kit";
import { extensionOf } from "../files";
import { PdfView } from "../original/PdfView";
import { TableView } from "../original/TableView";
import { tablesOf } from "../original/tables";
import { TextView } from "../original/TextView";
import styles from "./DocumentPage.module.css";

type Face = "pages" | "table" | "text";

export interface OriginalProps {
  document: KnowledgeDocument;
  chunks: readonly Chunk[];
  selected: string | null;
  onSelect: (chunkId: string) => void;
}

export function Original({ document, chunks, selected, onSelect }: OriginalProps) {
  const { t } = useTranslation("knowledge");
  const isPdf = document.mime_type === "application/pdf";
  const faces: readonly Face[] = isPdf ? ["pages", "text"] : isTable(document) ? ["table", "text"] : ["text"];
  const [face, setFace] = useState<Face>(faces[0] ?? "text");
  const file = documentFileUrl(document.id);
  return (
    <section className={styles.original} aria-label={t("original.title")}>
      <header className={styles.originalHead}>
        {faces.length > 1 ? (
          <Segmented<Face> size="sm" label={t("original.face")} value={face} onChange={setFace} options={faces.map((value) => ({ value, label: t(`original.${value}`) }))} />
        ) : (
          <span>{t("original.text")}</span>
        )}
        <Button asChild size="sm" variant="ghost">
          <a href={file} download={document.name}>
            <Download size={15} aria-hidden /> {t("original.download")}
          </a>
        </Button>
      </header>
      {face === "pages" ? <PdfView url={file} chunks={chunks} selected={selected} onSelect={onSelect} /> : <ParsedText document={document} asTable={face === "table"} chunks={chunks} selected={selected} onSelect={onSelect} />}
    </section>
  );
}

/** What is made of rows. */
const TABLES: ReadonlySet<string> = new Set(["xlsx", "xlsm", "xls", "ods", "csv", "tsv"]);
const isTable = ({ name }: KnowledgeDocument): boolean => TABLES.has(extensionOf(name));

function ParsedText({ document, asTable, chunks, selected, onSelect }: OriginalProps & { asTable: boolean }) {
  const { t } = useTranslation("knowledge");
  const text = useQuery(documentTextQuery(document.id, document.stage === "ready" ? document.updated_at : document.stage));
  const words = text.data?.text ?? "";
  const tables = useMemo(() => (asTable ? tablesOf(words) : []), [asTable, words]);
  if (text.isPending) return <div className={styles.fault}><Skeleton height={240} radius="var(--r2)" /></div>;
  if (text.isError) return <div className={styles.fault}><ErrorCard title={t("original.textNotLoaded")} error={text.error} onRetry={() => void text.refetch()} /></div>;
  if (words === "") return <EmptyState compact picture="knowledge" title={t("original.noText")} text={t("original.noTextYet")} />;
  if (tables.length > 0) return <TableView text={words} tables={tables} chunks={chunks} selected={selected} onSelect={onSelect} />;
  return <TextView text={words} chunks={chunks} selected={selected} onSelect={onSelect} />;
}
