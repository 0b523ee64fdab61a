/** A form that a run waits for, read from its wait: the text cut at the places where fields stand. Pure. */
import { isObject } from "@/graph";
import type { StartVariable } from "../../preview/startVariables";

export interface FormAction {
  id: string;
  title: string;
  style: string;
}

export interface WaitingForm {
  key: string;
  parts: ({ type: "text"; text: string } | { type: "field"; field: StartVariable })[];
  fields: StartVariable[];
  actions: FormAction[];
}

const PLACE = /\{\{#\s*\$outputs?\.([^\s#{}]+)\s*#\}\}/g;

/** A field that stands nowhere in the text comes after it. */
export function readForm(wait: Readonly<Record<string, unknown>>): WaitingForm {
  const fields = rows(wait.fields).map(toField);
  const content = String(wait.content ?? "");
  const parts: WaitingForm["parts"] = [];
  const placed = new Set<string>();
  let from = 0;
  for (const match of content.matchAll(PLACE)) {
    const field = fields.find(({ name }) => name === match[1]);
    const text = content.slice(from, match.index);
    if (text.trim() !== "") parts.push({ type: "text", text });
    if (field && !placed.has(field.name)) parts.push({ type: "field", field });
    if (field) placed.add(field.name);
    from = match.index + match[0].length;
  }
  const rest = content.slice(from);
  if (rest.trim() !== "") parts.push({ type: "text", text: rest });
  parts.push(...fields.filter(({ name }) => !placed.has(name)).map((field) => ({ type: "field" as const, field })));
  const actions = rows(wait.actions).map((row) => ({ id: String(row.id), title: String(row.title || row.id), style: String(row.style ?? "default") }));
  return { key: String(wait.key ?? ""), parts, fields, actions };
}

function rows(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((row): row is Record<string, unknown> => isObject(row)) : [];
}

function toField(row: Record<string, unknown>): StartVariable {
  return {
    name: String(row.name),
    label: String(row.label || row.name),
    type: String(row.type ?? "paragraph"),
    required: row.required === true,
    default: (row.default ?? null) as StartVariable["default"],
    maxLength: typeof row.max_length === "number" ? row.max_length : null,
    options: Array.isArray(row.options) ? row.options.map(String) : [],
    description: "",
  };
}
