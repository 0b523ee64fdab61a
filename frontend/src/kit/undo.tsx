/**
 * Doing with undo: the thing disappears at once; `commit` runs when the time to undo is over (or when the page
 * is left). Where the server itself can bring things back, delete first and restore in `undo`. This is the only
 * vanishing message there is.
 */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./undo.module.css";

const UNDO_MS = 7000;

export interface Undoable {
  message: string;
  /** Carries it out for good. Called once, unless undone. */
  commit: () => Promise<void> | void;
  /** Puts back what was taken out of sight. */
  undo: () => void;
}
interface Pending extends Undoable { id: number; timer: ReturnType<typeof setTimeout> }

const UndoContext = createContext<((action: Undoable) => void) | null>(null);

export function UndoProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation("kit");
  const [pending, setPending] = useState<Pending[]>([]);
  const live = useRef(new Map<number, Pending>());
  const nextId = useRef(1);

  const settle = useCallback((id: number, how: "commit" | "undo") => {
    const entry = live.current.get(id);
    if (!entry) return;
    live.current.delete(id);
    clearTimeout(entry.timer);
    setPending((list) => list.filter((one) => one.id !== id));
    void entry[how]();
  }, []);

  const offer = useCallback((action: Undoable) => {
    const id = nextId.current++;
    const entry = { ...action, id, timer: setTimeout(() => settle(id, "commit"), UNDO_MS) };
    live.current.set(id, entry);
    setPending((list) => [...list, entry]);
  }, [settle]);

  useEffect(() => {
    const flush = () => [...live.current.keys()].forEach((id) => settle(id, "commit"));
    window.addEventListener("pagehide", flush);
    return () => window.removeEventListener("pagehide", flush);
  }, [settle]);

  const stack = useMemo(() => pending.slice(-3), [pending]);
  return (
    <UndoContext.Provider value={offer}>
      {children}
      <div className={styles.stack} role="status" aria-live="polite">
        {stack.map((entry) => (
          <div key={entry.id} className={styles.toast}>
            <span>{entry.message}</span>
            <button type="button" className={styles.undo} onClick={() => settle(entry.id, "undo")}>{t("undo")}</button>
          </div>
        ))}
      </div>
    </UndoContext.Provider>
  );
}

export function useUndo(): (action: Undoable) => void {
  const offer = useContext(UndoContext);
  if (!offer) throw new Error("useUndo needs an UndoProvider above it");
  return offer;
}
