/** A form that a run waits for, read from its wait as the log tells it. Pure. */
import { isObject } from "@/graph";
import type { AskedAction, AskedField, AskedForm } from "@/kit/ask";

const FIELD_TYPES: ReadonlySet<unknown> = new Set<AskedField["type"]>(["text", "paragraph", "number", "select", "file", "file-list"]);
const STYLES: ReadonlySet<unknown> = new Set<AskedAction["style"]>(["primary", "default", "accent", "ghost"]);

export function readForm(wait: Readonly<Record<string, unknown>>, title: string): AskedForm {
  return {
    key: String(wait.key ?? ""),
    title,
    content: String(wait.content ?? ""),
    fields: rows(wait.fields).map(toField),
    actions: rows(wait.actions).map(toAction),
    expires_at: untilOf(wait),
    status: "open",
  };
}

/** When a wait is over by itself. */
export function untilOf(wait: Readonly<Record<string, unknown>>): string | null {
  return typeof wait.expires_at === "number" ? new Date(wait.expires_at * 1000).toISOString() : null;
}

function rows(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((row): row is Record<string, unknown> => isObject(row)) : [];
}

function toField(row: Record<string, unknown>): AskedField {
  return {
    name: String(row.name),
    type: FIELD_TYPES.has(row.type) ? (row.type as AskedField["type"]) : "paragraph",
    label: typeof row.label === "string" ? row.label : null,
    required: row.required === true,
    default: row.default,
    options: Array.isArray(row.options) ? row.options.map(String) : [],
    max_length: typeof row.max_length === "number" ? row.max_length : null,
  };
}

function toAction(row: Record<string, unknown>): AskedAction {
  return { id: String(row.id), title: typeof row.title === "string" ? row.title : null, style: STYLES.has(row.style) ? (row.style as AskedAction["style"]) : null };
}
