/**
 * A long list of which only what is near the window is drawn. Rows may differ in height and change it; whoever listens hears
 * how many there are and which one this is. Scrolls with the nearest scrolling element above it.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import { cx } from "@/kit";
import styles from "./VirtualList.module.css";

export interface VirtualListHandle {
  show: (index: number, align?: "start" | "center" | "auto") => void;
}

export interface VirtualListProps<T> {
  items: readonly T[];
  itemKey: (item: T) => string;
  /** Pixels, before a row has been measured. */
  estimate: number;
  gap?: number;
  label: string;
  /** How many there are when more are still to be fetched; -1 for "nobody knows". */
  total?: number;
  onNearEnd?: (() => void) | undefined;
  className?: string | undefined;
  ref?: Ref<VirtualListHandle>;
  children: (item: T, index: number) => ReactNode;
}

const AHEAD = 8;

export function VirtualList<T>({ items, itemKey, estimate, gap = 0, label, total, onNearEnd, className, ref, children }: VirtualListProps<T>) {
  const list = useRef<HTMLUListElement>(null);
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const [margin, setMargin] = useState(0);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller,
    estimateSize: () => estimate,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : itemKey(item);
    },
    gap,
    overscan: AHEAD,
    scrollMargin: margin,
  });
  useLayoutEffect(() => setScroller(scrollerOf(list.current)), []);
  // what stands above the list may come and go
  // eslint-disable-next-line react-hooks/exhaustive-deps -- measured after every drawing, set only when it has changed
  useLayoutEffect(() => {
    if (!list.current || !scroller) return;
    const top = Math.round(list.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop);
    if (top !== margin) setMargin(top);
  });
  useImperativeHandle(ref, () => ({ show: (index, align = "center") => rows.scrollToIndex(index, { align }) }), [rows]);
  const drawn = rows.getVirtualItems();
  const last = drawn.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= items.length - 1 - AHEAD && items.length > 0) onNearEnd?.();
  }, [last, items.length, onNearEnd]);

  return (
    <ul ref={list} className={cx(styles.list, className)} aria-label={label} style={{ height: rows.getTotalSize() }}>
      {drawn.map((row) => {
        const item = items[row.index];
        return (
          item !== undefined && (
            <li key={row.key} ref={rows.measureElement} data-index={row.index} className={styles.row} aria-setsize={total ?? items.length} aria-posinset={row.index + 1} style={{ transform: `translateY(${row.start - margin}px)` }}>
              {children(item, row.index)}
            </li>
          )
        );
      })}
    </ul>
  );
}

function scrollerOf(element: HTMLElement | null): HTMLElement {
  for (let one = element?.parentElement; one; one = one.parentElement) {
    if (/(auto|scroll)/.test(getComputedStyle(one).overflowY)) return one;
  }
  return document.documentElement;
}
