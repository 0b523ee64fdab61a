/** A form's text cut at the places where fields stand. Pure. */
import { type AskedField } from "./types";

export type AskPart = { type: "text"; text: string } | { type: "field"; field: AskedField };

const PLACE = /\{\{#\s*\$outputs?\.([^\s#{}]+)\s*#\}\}/g;

/** A field that stands nowhere in the text comes after it; one that stands twice is asked once. */
export function partsOf(content: string, fields: readonly AskedField[]): AskPart[] {
  const parts: AskPart[] = [];
  const placed = new Set<string>();
  const addText = (text: string) => void (text.trim() !== "" && parts.push({ type: "text", text }));
  let from = 0;
  for (const match of content.matchAll(PLACE)) {
    addText(content.slice(from, match.index));
    from = match.index + match[0].length;
    const field = fields.find(({ name }) => name === match[1]);
    if (!field || placed.has(field.name)) continue;
    placed.add(field.name);
    parts.push({ type: "field", field });
  }
  addText(content.slice(from));
  return [...parts, ...fields.filter(({ name }) => !placed.has(name)).map((field) => ({ type: "field" as const, field }))];
}
