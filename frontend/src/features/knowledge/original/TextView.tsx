/** The text that was read from a document, its passages marked. Long texts are drawn as far as they are looked at. */
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { VirtualList, type VirtualListHandle } from "../lists/VirtualList";
import { type Placed, piecesOf, placeIn, rowsOf, spansOf } from "./marks";
import styles from "./TextView.module.css";

export interface TextViewProps {
  text: string;
  chunks: readonly Placed[];
  selected: string | null;
  onSelect: (chunkId: string) => void;
}

const ROW = 22;

export function TextView({ text, chunks, selected, onSelect }: TextViewProps) {
  const { t } = useTranslation("knowledge");
  const list = useRef<VirtualListHandle>(null);
  const rows = useMemo(() => rowsOf(text), [text]);
  const spans = useMemo(() => {
    const place = placeIn(text);
    return spansOf(chunks).map((span) => ({ ...span, start: place(span.start), end: place(span.end) }));
  }, [text, chunks]);
  const positions = useMemo(() => new Map(chunks.map((chunk) => [chunk.id, chunk.position])), [chunks]);
  const from = spans.find((span) => span.id === selected)?.start;
  useEffect(() => {
    if (from === undefined) return;
    const index = rows.findIndex((row) => row.to > from);
    if (index >= 0) list.current?.show(index, "center");
  }, [from, rows]);
  const key = useCallback((row: { from: number }) => String(row.from), []);

  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={t("original.text")}>
      <VirtualList ref={list} items={rows} itemKey={key} estimate={ROW} label={t("original.text")} className={styles.text}>
        {(row) => (
          <p className={styles.row}>
            {piecesOf(row, spans, selected).map((piece) => {
              const words = text.slice(piece.from, piece.to);
              if (piece.chunkId === null) return <span key={piece.from}>{words}</span>;
              const id = piece.chunkId;
              const position = positions.get(id) ?? 0;
              const reach = piece.isFirst
                ? { role: "button", tabIndex: 0, title: t("passage", { position: position + 1 }), "aria-pressed": id === selected, onKeyDown: (event: KeyboardEvent) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), onSelect(id)) }
                : {};
              return (
                <span key={piece.from} className={styles.piece} data-odd={position % 2 === 1 || undefined} data-selected={id === selected || undefined} onClick={() => onSelect(id)} {...reach}>
                  {words}
                </span>
              );
            })}
          </p>
        )}
      </VirtualList>
    </div>
  );
}
