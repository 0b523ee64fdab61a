/** One page of a PDF: drawn when it comes near the window, its passages outlined. */
import type { PDFDocumentProxy, RenderTask } from "pdfjs-dist";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Mark } from "./marks";
import styles from "./PdfPage.module.css";

export interface PdfPageProps {
  pdf: PDFDocumentProxy;
  number: number;
  width: number;
  /** Height by width, until the page itself has said. */
  ratio: number;
  onRatio: (ratio: number) => void;
  marks: readonly Mark[];
  selected: string | null;
  onSelect: (chunkId: string) => void;
}

export function PdfPage({ pdf, number, width, ratio, onRatio, marks, selected, onSelect }: PdfPageProps) {
  const { t } = useTranslation("knowledge");
  const canvas = useRef<HTMLCanvasElement>(null);
  const [fault, setFault] = useState(false);
  const said = useRef(onRatio);
  said.current = onRatio;
  useEffect(() => {
    let task: RenderTask | null = null;
    let gone = false;
    const draw = async () => {
      const page = await pdf.getPage(number);
      const plain = page.getViewport({ scale: 1 });
      if (gone || !canvas.current) return;
      said.current(plain.height / plain.width);
      const density = Math.min(2, window.devicePixelRatio || 1);
      const viewport = page.getViewport({ scale: (width / plain.width) * density });
      canvas.current.width = Math.floor(viewport.width);
      canvas.current.height = Math.floor(viewport.height);
      task = page.render({ canvas: canvas.current, viewport });
      await task.promise;
    };
    draw().catch(() => !gone && setFault(true));
    return () => {
      gone = true;
      task?.cancel();
    };
  }, [pdf, number, width]);

  return (
    <div className={styles.page} style={{ width, height: Math.round(width * ratio) }}>
      <canvas ref={canvas} className={styles.canvas} role="img" aria-label={t("original.pageLabel", { page: number, count: pdf.numPages })} />
      {fault && <p className={styles.fault}>{t("original.pageFault", { page: number })}</p>}
      {marks.map(({ chunkId, position, box }, index) => (
        <button
          key={`${chunkId} ${index}`}
          type="button"
          className={styles.mark}
          data-selected={chunkId === selected || undefined}
          aria-pressed={chunkId === selected}
          aria-label={t("passage", { position: position + 1 })}
          style={{ left: share(box.x0), top: share(box.y0), width: share(box.x1 - box.x0), height: share(box.y1 - box.y0) }}
          onClick={() => onSelect(chunkId)}
        />
      ))}
      <span className={styles.number} aria-hidden>
        {number}
      </span>
    </div>
  );
}

const share = (value: number): string => `${(value * 100).toFixed(2)}%`;
