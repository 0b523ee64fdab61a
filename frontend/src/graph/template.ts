/** Text with references in it: `Hello {{#start.name#}}`. Knows the notation, not whether a reference leads anywhere. */
import type { Selector } from "./document";

export type Segment = { type: "text"; text: string } | { type: "ref"; selector: Selector };

const REFERENCE = /\{\{#([A-Za-z0-9_-]{1,50}(?:\.[^\s.#{}]+)*)#\}\}/g;

export function parseTemplate(text: string): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (const match of text.matchAll(REFERENCE)) {
    if (match.index > from) segments.push({ type: "text", text: text.slice(from, match.index) });
    segments.push({ type: "ref", selector: (match[1] ?? "").split(".") });
    from = match.index + match[0].length;
  }
  if (from < text.length) segments.push({ type: "text", text: text.slice(from) });
  return segments;
}

export function formatTemplate(segments: readonly Segment[]): string {
  return segments.map((part) => (part.type === "text" ? part.text : formatReference(part.selector))).join("");
}

export function formatReference(selector: Selector): string {
  return `{{#${selector.join(".")}#}}`;
}

export function templateSelectors(text: string): Selector[] {
  return parseTemplate(text).flatMap((part) => (part.type === "ref" ? [part.selector] : []));
}

/** The text with every reference put through `change`; the same string when nothing changes. */
export function mapTemplate(text: string, change: (selector: Selector) => Selector): string {
  return text.replace(REFERENCE, (whole, path: string) => {
    const before = path.split(".");
    const after = change(before);
    return after === before ? whole : formatReference(after);
  });
}
