/** A PDF's pages under one another, as wide as the place they are given, with its passages on them. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { ZoomIn, ZoomOut } from "lucide-react";
import type { PDFDocumentProxy } from "pdfjs-dist";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorCard, IconButton, Skeleton } from "@/kit";
import { type Mark, marksByPage, type Placed } from "./marks";
import { openPdf } from "./pdf";
import { PdfPage } from "./PdfPage";
import styles from "./PdfView.module.css";

export interface PdfViewProps {
  url: string;
  chunks: readonly Placed[];
  selected: string | null;
  onSelect: (chunkId: string) => void;
  /** The page in the middle of the window. */
  onPage?: (page: number) => void;
}

export function PdfView({ url, ...rest }: PdfViewProps) {
  const { t } = useTranslation("knowledge");
  const [opened, setOpened] = useState<{ pdf: PDFDocumentProxy; ratio: number } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let gone = false;
    setOpened(null);
    setError(null);
    const file = openPdf(url);
    const read = async () => {
      const pdf = await file.document;
      const { width, height } = (await pdf.getPage(1)).getViewport({ scale: 1 });
      if (!gone) setOpened({ pdf, ratio: height / width });
    };
    read().catch((reason: unknown) => !gone && setError(reason));
    return () => {
      gone = true;
      file.close();
    };
  }, [url, attempt]);
  if (error !== null) return <div className={styles.fault}><ErrorCard title={t("original.notShown")} error={{ code: "original_unreadable", message: error instanceof Error ? error.message : "" }} onRetry={() => setAttempt(attempt + 1)} /></div>;
  if (!opened) return <div className={styles.waiting} aria-busy><Skeleton height="100%" radius="3px" /></div>;
  return <Pages {...opened} {...rest} />;
}

const NO_MARKS: readonly Mark[] = [];
const GAP = 14;
const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3] as const;

function Pages({ pdf, ratio, chunks, selected, onSelect, onPage }: Omit<PdfViewProps, "url"> & { pdf: PDFDocumentProxy; ratio: number }) {
  const { t } = useTranslation("knowledge");
  const scroll = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  const [zoom, setZoom] = useState<number>(1);
  const [ratios, setRatios] = useState<ReadonlyMap<number, number>>(new Map());
  const ratioOf = (page: number) => ratios.get(page) ?? ratio;
  const width = Math.max(200, Math.round((room - 2 * GAP) * zoom));
  const pages = useVirtualizer({
    count: pdf.numPages,
    getScrollElement: () => scroll.current,
    estimateSize: (index) => Math.round(width * ratioOf(index + 1)),
    gap: GAP,
    paddingStart: GAP,
    paddingEnd: GAP,
    overscan: 1,
  });
  useEffect(() => {
    const element = scroll.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setRoom(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  useEffect(() => pages.measure(), [pages, width, ratios]);
  const marks = useMemo(() => marksByPage(chunks), [chunks]);
  const hasRoom = room > 0;
  const chosen = chunks.find((chunk) => chunk.id === selected);
  const page = chosen?.boxes[0]?.page ?? chosen?.page ?? null;
  const top = chosen?.boxes[0]?.y0 ?? 0;
  const reach = useCallback(() => {
    if (page === null || !hasRoom) return;
    const [start = 0] = pages.getOffsetForIndex(page - 1, "start") ?? [];
    pages.scrollToOffset(Math.max(0, start + top * width * ratio - 120));
  }, [pages, page, top, width, ratio, hasRoom]);
  useEffect(reach, [selected, reach]);

  const drawn = pages.getVirtualItems();
  const middle = (pages.scrollOffset ?? 0) + (scroll.current?.clientHeight ?? 0) / 2;
  const shown = (drawn.find((item) => item.end >= middle)?.index ?? 0) + 1;
  useEffect(() => onPage?.(shown), [onPage, shown]);
  const step = (by: 1 | -1) => setZoom((now) => ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, ZOOMS.indexOf(now as (typeof ZOOMS)[number]) + by))] ?? 1);

  return (
    <div className={styles.frame}>
      <div ref={scroll} className={styles.scroll} tabIndex={0} role="region" aria-label={t("original.pages")}>
        <div className={styles.pages} style={{ height: pages.getTotalSize(), minWidth: width + 2 * GAP }}>
          {hasRoom && drawn.map((item) => (
            <div key={item.key} className={styles.place} style={{ transform: `translateY(${item.start}px)` }}>
              <PdfPage
                pdf={pdf}
                number={item.index + 1}
                width={width}
                ratio={ratioOf(item.index + 1)}
                onRatio={(found) => Math.abs(found - ratioOf(item.index + 1)) > 0.001 && setRatios((now) => new Map(now).set(item.index + 1, found))}
                marks={marks.get(item.index + 1) ?? NO_MARKS}
                selected={selected}
                onSelect={onSelect}
              />
            </div>
          ))}
        </div>
      </div>
      <div className={styles.dock}>
        <span className={styles.where}>{t("original.pageOf", { page: shown, count: pdf.numPages })}</span>
        <IconButton size="sm" label={t("original.smaller")} icon={<ZoomOut />} disabled={zoom === ZOOMS[0]} onClick={() => step(-1)} />
        <span className={styles.zoom}>{Math.round(zoom * 100)} %</span>
        <IconButton size="sm" label={t("original.larger")} icon={<ZoomIn />} disabled={zoom === ZOOMS.at(-1)} onClick={() => step(1)} />
      </div>
    </div>
  );
}
