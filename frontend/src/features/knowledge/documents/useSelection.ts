/** Which rows of a list are ticked. Shift extends from the row ticked last; what leaves the list is ticked no more. */
import { useCallback, useMemo, useRef, useState } from "react";

export interface Selection {
  ids: ReadonlySet<string>;
  has: (id: string) => boolean;
  toggle: (id: string, extend: boolean) => void;
  setAll: (on: boolean) => void;
  clear: () => void;
  all: boolean | "indeterminate";
}

export function useSelection(order: readonly string[]): Selection {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string | null>(null);
  const ids = useMemo(() => new Set(order.filter((id) => ticked.has(id))), [order, ticked]);
  const toggle = useCallback(
    (id: string, extend: boolean) => {
      setTicked((now) => {
        const next = new Set(now);
        const on = !now.has(id);
        for (const one of extend ? between(order, anchor.current, id) : [id]) {
          if (on) next.add(one);
          else next.delete(one);
        }
        return next;
      });
      anchor.current = id;
    },
    [order],
  );
  return {
    ids,
    has: (id) => ids.has(id),
    toggle,
    setAll: (on) => setTicked(on ? new Set(order) : new Set()),
    clear: () => setTicked(new Set()),
    all: ids.size === 0 ? false : ids.size === order.length ? true : "indeterminate",
  };
}

function between(order: readonly string[], from: string | null, to: string): string[] {
  const start = from === null ? -1 : order.indexOf(from);
  const end = order.indexOf(to);
  return start < 0 || end < 0 ? [to] : order.slice(Math.min(start, end), Math.max(start, end) + 1);
}
