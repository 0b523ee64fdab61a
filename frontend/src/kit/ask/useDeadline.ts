/** Whether a moment has passed; becomes true by itself while the page is open. */
import { useEffect, useState } from "react";

/** Timers cannot be set further ahead than this. */
const FARTHEST_MS = 2 ** 31 - 1;

export function useDeadline(iso: string | null): boolean {
  const [, wake] = useState(0);
  const passed = iso !== null && Date.parse(iso) <= Date.now();
  useEffect(() => {
    if (iso === null || passed) return;
    const timer = setTimeout(() => wake((n) => n + 1), Math.min(Date.parse(iso) - Date.now() + 50, FARTHEST_MS));
    return () => clearTimeout(timer);
  }, [iso, passed]);
  return passed;
}
