/** The round button in the corner. Knows how it looks and that it was pressed; not what opens. */
import { type WidgetConfig } from "./config";
import { makeDraggable } from "./drag";
import { addStyles, BUTTON_CSS, inkOn } from "./styles";
import { type Texts } from "./texts";

const ICON_OPEN = "M4 5.5h16v10.5h-9.5L5.5 20v-4H4z";
const ICON_CLOSE = "M6 9l6 6 6-6";
const SVG = "http://www.w3.org/2000/svg";

export interface Bubble {
  host: HTMLElement;
  button: HTMLButtonElement;
  show: (open: boolean) => void;
}

export function makeBubble(config: WidgetConfig, texts: Texts, onPress: () => void): Bubble {
  const host = document.createElement("weft-chat-button");
  host.id = config.ids.button;
  host.dataset.side = config.position;
  applyColor(host, config.color);
  applyContainerProps(host, config.containerProps);
  const root = host.attachShadow({ mode: "open" });
  addStyles(root, BUTTON_CSS);
  const button = document.createElement("button");
  button.type = "button";
  button.append(icon(ICON_OPEN), icon(ICON_CLOSE));
  root.append(button);
  const wasDragged = config.draggable ? makeDraggable(host, config.dragAxis) : () => false;
  button.addEventListener("click", () => {
    if (!wasDragged()) onPress();
  });
  const show = (open: boolean) => {
    host.toggleAttribute("data-open", open);
    button.setAttribute("aria-expanded", String(open));
    const action = open ? texts.close : texts.open;
    button.setAttribute("aria-label", config.title ? `${action}: ${config.title}` : action);
  };
  show(false);
  return { host, button, show };
}

function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

function applyColor(host: HTMLElement, color: string | null): void {
  if (!color) return;
  host.style.setProperty("--weft-color", color);
  const ink = inkOn(color);
  if (ink) host.style.setProperty("--weft-ink", ink);
}

/** Dify's `containerProps`: class, style as text or object, handlers, other attributes. */
function applyContainerProps(host: HTMLElement, props: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(props)) {
    if (name === "className") host.className = String(value);
    else if (name === "style" && typeof value === "string") host.style.cssText += value;
    else if (name === "style") Object.assign(host.style, value);
    else if (/^on/i.test(name)) {
      if (typeof value === "function") host.addEventListener(name.slice(2).toLowerCase(), value as EventListener);
    } else if (name !== "id") host.setAttribute(name, String(value));
  }
}
