/** A spreadsheet's or CSV's rows as a table, its passages marked; opens at the passage that is looked at. */
import { type CSSProperties, type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Segmented, useFormat } from "@/kit";
import { VirtualList, type VirtualListHandle } from "../lists/VirtualList";
import { type Placed, placeIn, spansOf } from "./marks";
import styles from "./TableView.module.css";
import { rowAt, type SheetTable, type TableRow } from "./tables";

export interface TableViewProps {
  text: string;
  tables: readonly SheetTable[];
  chunks: readonly Placed[];
  selected: string | null;
  onSelect: (chunkId: string) => void;
}

const ROW = 33;

export function TableView({ text, tables, chunks, selected, onSelect }: TableViewProps) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const list = useRef<VirtualListHandle>(null);
  const [shown, setShown] = useState(0);
  const spans = useMemo(() => {
    const place = placeIn(text);
    return spansOf(chunks).map((span) => ({ ...span, start: place(span.start), end: place(span.end) }));
  }, [text, chunks]);
  const positions = useMemo(() => new Map(chunks.map((chunk) => [chunk.id, chunk.position])), [chunks]);
  const from = spans.find((span) => span.id === selected)?.start;
  const target = useMemo(() => (from === undefined ? null : rowAt(tables, from)), [from, tables]);
  const [opened, setOpened] = useState<typeof target>(null);
  if (target !== opened) {
    setOpened(target);
    if (target) setShown(target.table);
  }
  useEffect(() => {
    if (target && target.table === shown) list.current?.show(target.row, "center");
  }, [target, shown]);
  const table = tables[shown] ?? tables[0];
  const columns = useMemo(() => table && widthsOf(table), [table]);
  const key = useCallback((row: TableRow) => String(row.from), []);
  if (!table) return null;
  const ownerOf = (row: TableRow) => {
    const over = spans.filter((span) => span.start <= row.from && span.end >= row.to);
    return over.find((span) => span.id === selected) ?? over.at(-1);
  };
  return (
    <div className={styles.frame}>
      {tables.length > 1 && (
        <div className={styles.sheets}>
          <Segmented<string> size="sm" label={t("original.sheets")} value={String(shown)} onChange={(next) => setShown(Number(next))} options={tables.map(({ name }, index) => ({ value: String(index), label: name || t("original.sheet", { n: index + 1 }) }))} />
        </div>
      )}
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={t("original.table")}>
        <div className={styles.table} style={{ "--columns": columns } as CSSProperties}>
          <div className={styles.head}>
            <span className={styles.number} />
            {table.headers.map((header, index) => (
              <span key={index} className={styles.cell}>{header}</span>
            ))}
          </div>
          <VirtualList ref={list} key={shown} items={table.rows} itemKey={key} estimate={ROW} label={table.name || t("original.table")}>
            {(row) => {
              const owner = ownerOf(row);
              const position = owner ? (positions.get(owner.id) ?? 0) : 0;
              const name = t("original.row", { n: format.number(row.number), cells: row.cells.filter(Boolean).join(", ") });
              const reach = owner
                ? { role: "button", tabIndex: 0, title: t("passage", { position: position + 1 }), "aria-label": name, "aria-pressed": owner.id === selected, onClick: () => onSelect(owner.id), onKeyDown: (event: KeyboardEvent) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), onSelect(owner.id)) }
                : {};
              return (
                <div className={styles.row} data-odd={(owner && position % 2 === 1) || undefined} data-selected={(owner && owner.id === selected) || undefined} data-marked={owner !== undefined || undefined} {...reach}>
                  <span className={styles.number}>{format.number(row.number)}</span>
                  {table.headers.map((_, index) => (
                    <span key={index} className={styles.cell}>{row.cells[index]}</span>
                  ))}
                </div>
              );
            }}
          </VirtualList>
        </div>
      </div>
    </div>
  );
}

/** Columns as wide as what stands in the first rows, within reason; the same for every row. */
function widthsOf({ headers, rows }: SheetTable): string {
  const looked = rows.slice(0, 200);
  const widths = headers.map((header, index) => Math.max(letters(header), ...looked.map((row) => letters(row.cells[index] ?? ""))));
  return `56px ${widths.map((width) => `minmax(calc(${Math.min(40, Math.max(4, Math.ceil(width)))}ch + 22px), 1fr)`).join(" ")}`;
}

/** In widths of a digit: a Chinese character has not quite two. */
const letters = (text: string): number => text.length + 0.75 * (text.match(/[\u2e80-\uffef]/g)?.length ?? 0);
