/**
 * What the page that embeds a chat has asked for: attributes of our script tag, or the `difyChatbotConfig` that
 * pages made for Dify already carry. Reads only; draws nothing.
 */
export interface WidgetConfig {
  code: string;
  /** Where Weft is, without a slash at the end. */
  base: string;
  title: string | null;
  color: string | null;
  position: "right" | "left";
  /** Start values of the app's form. */
  inputs: Record<string, string>;
  draggable: boolean;
  dragAxis: "x" | "y" | "both";
  containerProps: Record<string, unknown>;
  /** Ids that pages made for Dify style against. */
  ids: { button: string; panel: string };
}

export interface DifyConfig {
  token?: unknown;
  baseUrl?: unknown;
  inputs?: Record<string, unknown>;
  draggable?: unknown;
  dragAxis?: unknown;
  containerProps?: Record<string, unknown>;
}

const SCRIPT = /\/embed(?:\.min)?\.js(?:[?#].*)?$/;
const OURS = { button: "weft-chat-button", panel: "weft-chat-panel" };
const DIFYS = { button: "dify-chatbot-bubble-button", panel: "dify-chatbot-bubble-window" };

/** The configuration, or a sentence that says what is missing. */
export function readConfig(script: HTMLScriptElement | null, dify: DifyConfig | undefined): WidgetConfig | string {
  const data = script?.dataset ?? {};
  const own = data.code?.trim();
  const token = typeof dify?.token === "string" ? dify.token.trim() : "";
  const code = own || token;
  if (!code) return "Weft chat: the script tag has no data-code (the code at the end of the chat page's address).";
  const base = baseOf(script, own ? undefined : dify) ?? "";
  if (!base) return "Weft chat: the server's address is unknown. Give it as data-base-url.";
  return {
    code,
    base,
    title: data.title?.trim() || null,
    color: data.color?.trim() || null,
    position: data.position === "left" ? "left" : "right",
    inputs: own ? ownInputs(data) : texts(dify?.inputs),
    draggable: own ? data.draggable === "true" : dify?.draggable === true,
    dragAxis: dify?.dragAxis === "x" || dify?.dragAxis === "y" ? dify.dragAxis : "both",
    containerProps: own ? {} : (dify?.containerProps ?? {}),
    ids: own ? OURS : DIFYS,
  };
}

/** The script tag that runs now; for a loader that hides it, the one that looks like ours. */
export function ownScript(): HTMLScriptElement | null {
  const current = document.currentScript;
  if (current instanceof HTMLScriptElement) return current;
  const scripts = [...document.querySelectorAll<HTMLScriptElement>("script[src]")];
  return scripts.reverse().find((script) => SCRIPT.test(script.src)) ?? null;
}

function baseOf(script: HTMLScriptElement | null, dify: DifyConfig | undefined): string | null {
  const given = script?.dataset.baseUrl ?? dify?.baseUrl;
  const fromScript = script && SCRIPT.test(script.src) ? script.src.replace(SCRIPT, "") : null;
  const text = typeof given === "string" && given ? given : fromScript;
  if (!text) return null;
  try {
    const url = new URL(text, location.href);
    return /^https?:$/.test(url.protocol) ? (url.origin + url.pathname).replace(/\/+$/, "") : null;
  } catch {
    return null;
  }
}

/** `data-input-city="Ulm"` fills the app's start variable `city`. */
function ownInputs(data: DOMStringMap): Record<string, string> {
  const entries = Object.entries(data).filter(([key]) => key.startsWith("input"));
  return Object.fromEntries(entries.map(([key, value]) => [snake(key.slice("input".length)), value ?? ""]));
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter, at: number) => (at ? "_" : "") + letter.toLowerCase());
}

function texts(values: Record<string, unknown> | undefined): Record<string, string> {
  const entries = Object.entries(values ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
