/** A moment of the run: the end by default, anywhere by dragging, moving on by itself while it plays. */
import { useCallback, useEffect, useState } from "react";

export interface Replay {
  /** Milliseconds since the run began; null for its end, or for now while it is under way. */
  at: number | null;
  playing: boolean;
  seek: (ms: number | null) => void;
  toggle: () => void;
}

/** A replay takes no longer than this, however long the run took. */
const LONGEST_MS = 12_000;

export function useReplay(totalMs: number): Replay {
  const [at, setAt] = useState<number | null>(null);
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    const speed = Math.max(1, totalMs / LONGEST_MS);
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const step = (now - last) * speed;
      last = now;
      setAt((before) => (before === null ? step : before + step));
    }, 33);
    return () => clearInterval(timer);
  }, [playing, totalMs]);
  useEffect(() => {
    if (!playing || at === null || at < totalMs) return;
    setPlaying(false);
    setAt(null);
  }, [playing, at, totalMs]);
  const seek = useCallback((ms: number | null) => {
    setPlaying(false);
    setAt(ms);
  }, []);
  const toggle = useCallback(() => {
    setAt((before) => before ?? 0);
    setPlaying((now) => !now);
  }, []);
  return { at, playing, seek, toggle };
}
