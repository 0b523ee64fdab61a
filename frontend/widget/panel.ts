/** The window with the chat in a frame. The frame is made when it is first shown, so a page that only loads pays nothing. */
import { type WidgetConfig } from "./config";
import { addStyles, PANEL_CSS } from "./styles";
import { type Texts } from "./texts";

const PATIENCE_MS = 12_000;

export interface Panel {
  host: HTMLElement;
  show: (open: boolean) => void;
  focus: () => void;
  /** Whether a message came from the chat in the frame, and not from anyone else on the page. */
  sent: (event: MessageEvent) => boolean;
  ready: () => void;
}

export function makePanel(config: WidgetConfig, texts: Texts): Panel {
  const host = document.createElement("weft-chat-panel");
  host.id = config.ids.panel;
  host.dataset.side = config.position;
  host.hidden = true;
  host.setAttribute("role", "dialog");
  host.setAttribute("aria-label", config.title ?? texts.title);
  const root = host.attachShadow({ mode: "open" });
  addStyles(root, PANEL_CSS);
  const waiting = document.createElement("p");
  waiting.append(document.createElement("i"));
  const url = chatUrl(config);
  let frame: HTMLIFrameElement | null = null;
  let patience: ReturnType<typeof setTimeout> | undefined;

  const load = () => {
    frame = document.createElement("iframe");
    frame.title = config.title ?? texts.title;
    frame.allow = "clipboard-write; fullscreen; microphone";
    frame.src = url;
    root.append(waiting, frame);
    patience = setTimeout(() => waiting.replaceChildren(fallback(config, texts)), PATIENCE_MS);
  };
  return {
    host,
    show: (open) => {
      if (open && !frame) load();
      host.hidden = !open;
    },
    focus: () => frame?.focus(),
    sent: (event) => frame !== null && event.source === frame.contentWindow && event.origin === new URL(url).origin,
    ready: () => {
      clearTimeout(patience);
      waiting.remove();
    },
  };
}

export function chatUrl(config: WidgetConfig): string {
  const url = new URL(`${config.base}/chat/${encodeURIComponent(config.code)}`);
  url.searchParams.set("embed", "1");
  for (const [name, value] of Object.entries(config.inputs)) url.searchParams.set(name, value);
  return url.href;
}

/** For pages whose content policy refuses the frame. */
function fallback(config: WidgetConfig, texts: Texts): HTMLAnchorElement {
  const link = document.createElement("a");
  link.href = chatUrl(config).replace("embed=1", "");
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = texts.blocked;
  return link;
}
