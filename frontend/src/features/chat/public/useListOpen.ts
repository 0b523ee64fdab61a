/** Whether the list of conversations is shown. Beside the chat it is remembered; over it (narrow, or in a widget) it opens on demand. */
import { useState } from "react";
import { isEmbedded } from "./host";

const KEY = "weft.chat.list";
/** True where the list lies over the chat and not beside it. */
export const isOver = () => isEmbedded() || matchMedia("(max-width: 1023px)").matches;

export function useListOpen() {
  const [open, setOpen] = useState(() => !isOver() && remembered() !== "closed");
  const toggle = () => {
    if (!isOver()) remember(open ? "closed" : "open");
    setOpen(!open);
  };
  const closeIfOver = () => {
    if (isOver()) setOpen(false);
  };
  return { open, toggle, closeIfOver };
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function remember(value: string): void {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // Storage may be closed to us; the choice then lasts for this page.
  }
}
