/** Keeps a form's changes: shows them at once, sends them when typing pauses, says where it stands. */
import { useEffect, useRef, useState } from "react";

export type SaveState = "idle" | "saving" | "saved" | "failed";
const PAUSE_MS = 600;

export function useAutosave<T extends object>(save: (changes: Partial<T>) => Promise<unknown>): { state: SaveState; error: unknown; change: (changes: Partial<T>) => void; retry: () => void } {
  const [state, setState] = useState<SaveState>("idle");
  const [error, setError] = useState<unknown>(null);
  const waiting = useRef<Partial<T>>({});
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const saveNow = useRef(save);
  useEffect(() => {
    saveNow.current = save;
  });

  const flush = useRef(async () => {
    const changes = waiting.current;
    if (Object.keys(changes).length === 0) return;
    waiting.current = {};
    setState("saving");
    try {
      await saveNow.current(changes);
      setState(Object.keys(waiting.current).length > 0 ? "saving" : "saved");
      setError(null);
    } catch (caught) {
      waiting.current = { ...changes, ...waiting.current };
      setError(caught);
      setState("failed");
    }
  });
  useEffect(() => {
    const send = flush.current;
    return () => {
      clearTimeout(timer.current);
      void send();
    };
  }, []);

  return {
    state,
    error,
    change: (changes) => {
      waiting.current = { ...waiting.current, ...changes };
      setState("saving");
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void flush.current(), PAUSE_MS);
    },
    retry: () => void flush.current(),
  };
}
