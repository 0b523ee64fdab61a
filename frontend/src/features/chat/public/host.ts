/** The page inside somebody's frame: how it knows, and what it tells the page around it. Nothing secret is sent. */
import { useEffect } from "react";

export const isEmbedded = (): boolean => new URLSearchParams(location.search).has("embed") && window.parent !== window;

export function tellHost(type: "weft:ready" | "weft:close"): void {
  if (isEmbedded()) window.parent.postMessage({ type }, "*");
}

/** Esc closes the widget, unless something inside the page wanted it first. */
export function useHostKeys(): void {
  useEffect(() => {
    tellHost("weft:ready");
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing) tellHost("weft:close");
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
