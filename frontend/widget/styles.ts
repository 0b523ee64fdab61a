/** The widget's look, kept inside shadow roots: the page's styles stay out, ours stay in. */

/** Rules on `:host` are the ones a page may override; names of variables are also Dify's. */
export const BUTTON_CSS = `
:host {
  position: fixed; z-index: 2147483646; display: block; box-sizing: border-box; margin: 0; padding: 0; border: 0;
  bottom: var(--dify-chatbot-bubble-button-bottom, 20px); right: var(--dify-chatbot-bubble-button-right, 20px);
  left: var(--dify-chatbot-bubble-button-left, unset); top: var(--dify-chatbot-bubble-button-top, unset);
  width: var(--dify-chatbot-bubble-button-width, 56px); height: var(--dify-chatbot-bubble-button-height, 56px);
  border-radius: var(--dify-chatbot-bubble-button-border-radius, 50%);
  background: var(--dify-chatbot-bubble-button-bg-color, var(--weft-color, #4f46d6));
  box-shadow: var(--dify-chatbot-bubble-button-box-shadow, 0 6px 20px rgb(20 20 50 / .24), 0 1px 3px rgb(20 20 50 / .2));
  transition: transform .16s cubic-bezier(.2, .8, .2, 1);
}
:host([data-side="left"]) { right: var(--dify-chatbot-bubble-button-right, unset); left: var(--dify-chatbot-bubble-button-left, 20px); }
:host(:hover) { transform: scale(1.05); }
:host([data-moving]) { transition: none; transform: none; }
button { all: unset; display: grid; place-items: center; width: 100%; height: 100%; border-radius: inherit; color: var(--weft-ink, #fff); cursor: pointer; touch-action: manipulation; -webkit-tap-highlight-color: transparent; }
:host([data-draggable]) button { touch-action: none; }
button:focus-visible { outline: 3px solid #fff; outline-offset: -6px; }
svg { grid-area: 1 / 1; width: 46%; height: 46%; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; transition: opacity .16s, transform .16s; }
svg + svg, button[aria-expanded="true"] svg { opacity: 0; transform: rotate(-45deg) scale(.6); }
button[aria-expanded="true"] svg + svg { opacity: 1; transform: none; }
@media (max-width: 480px) { :host([data-open]) { display: none; } }
@media (prefers-reduced-motion: reduce) { :host, svg { transition: none; } }
@media print { :host { display: none; } }
`;

export const PANEL_CSS = `
:host {
  position: fixed; z-index: 2147483646; display: block; box-sizing: border-box; margin: 0; padding: 0; border: 0;
  right: 20px; bottom: 88px; width: 400px; height: 640px; max-width: calc(100vw - 40px); max-height: calc(100dvh - 108px);
  border-radius: 14px; overflow: hidden; background: #fff; color: #4b4f63;
  box-shadow: 0 16px 48px rgb(20 20 50 / .2), 0 0 0 1px rgb(20 20 50 / .07);
  transform-origin: bottom right; animation: weft-open .22s cubic-bezier(.2, .8, .2, 1);
}
:host([data-side="left"]) { right: auto; left: 20px; transform-origin: bottom left; }
:host([hidden]) { display: none !important; }
iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; background: none; }
p { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 16px; margin: 0; font: 14px/22px system-ui, sans-serif; }
i { width: 22px; height: 22px; border: 2px solid currentColor; border-right-color: transparent; border-radius: 50%; opacity: .5; animation: weft-turn .8s linear infinite; }
a { color: inherit; }
@media (prefers-color-scheme: dark) { :host { background: #15161d; color: #b3b6c6; box-shadow: 0 16px 48px rgb(0 0 0 / .6), 0 0 0 1px rgb(255 255 255 / .1); } }
@media (max-width: 480px) { :host, :host([data-side="left"]) { inset: 0; width: 100%; height: 100%; max-width: none; max-height: none; border-radius: 0; } }
@media (prefers-reduced-motion: reduce) { :host, i { animation: none; } }
@media print { :host { display: none; } }
@keyframes weft-open { from { opacity: 0; transform: translateY(10px) scale(.97); } }
@keyframes weft-turn { to { transform: rotate(1turn); } }
`;

/** Styles without a <style> element where the browser can, so that a page's content policy has nothing to refuse. */
export function addStyles(root: ShadowRoot, css: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const element = document.createElement("style");
    element.textContent = css;
    root.append(element);
  }
}

/** Black or white, whichever reads better on `color`; null when the browser gives the colour in another form. */
export function inkOn(color: string): "#000" | "#fff" | null {
  const probe = document.createElement("span");
  probe.style.color = color;
  const [red, green, blue] = (probe.style.color.match(/[\d.]+/g) ?? []).map(Number);
  const isRgb = probe.style.color.startsWith("rgb");
  if (!isRgb || red === undefined || green === undefined || blue === undefined) return null;
  return 0.299 * red + 0.587 * green + 0.114 * blue > 165 ? "#000" : "#fff";
}
