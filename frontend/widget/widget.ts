/** Bubble and panel together: opening, closing, keys, focus, and what is remembered from page to page. */
import { makeBubble } from "./bubble";
import { type WidgetConfig } from "./config";
import { makePanel } from "./panel";
import { textsFor } from "./texts";

export interface WeftChat {
  readonly code: string;
  readonly host: HTMLElement;
  open: () => void;
  close: () => void;
  toggle: () => void;
}

export function mountWidget(config: WidgetConfig): WeftChat {
  const texts = textsFor(document.documentElement.lang || navigator.language);
  const memory = remembered(config.code);
  const panel = makePanel(config, texts);
  let isOpen = false;

  const set = (open: boolean, { focus = true } = {}) => {
    if (open === isOpen) return;
    isOpen = open;
    panel.show(open);
    bubble.show(open);
    memory.write(open);
    if (!focus) return;
    if (open) panel.focus();
    else bubble.button.focus();
  };
  const bubble = makeBubble(config, texts, () => set(!isOpen));

  window.addEventListener("message", (event) => {
    if (!panel.sent(event)) return;
    const type = (event.data as { type?: unknown } | null)?.type;
    if (type === "weft:ready") panel.ready();
    if (type === "weft:close") set(false);
  });
  for (const host of [bubble.host, panel.host]) {
    host.addEventListener("keydown", (event) => {
      if (event.key === "Escape") set(false);
    });
  }
  document.body.append(panel.host, bubble.host);
  if (memory.read() && !matchMedia("(max-width: 480px)").matches) set(true, { focus: false });
  return { code: config.code, host: bubble.host, open: () => set(true), close: () => set(false), toggle: () => set(!isOpen) };
}

/** Open or closed, for this tab: a visitor who walks through the site keeps the chat open. */
function remembered(code: string) {
  const key = `weft.chat.open.${code}`;
  return {
    read(): boolean {
      try {
        return sessionStorage.getItem(key) === "1";
      } catch {
        return false;
      }
    },
    write(open: boolean): void {
      try {
        if (open) sessionStorage.setItem(key, "1");
        else sessionStorage.removeItem(key);
      } catch {
        // Storage may be closed to us; the chat then starts closed on the next page.
      }
    },
  };
}
