/** Which fields of a row make no sense with the rest of it. */
import type { JsonObject } from "@/graph";

const SELECT_ONLY = ["options", "options_from"];
const TEXT_ONLY = ["max_length"];
const FILES_ONLY = ["max_files"];
const FILE_ONLY = ["file_types"];

export function hiddenFields(kind: string, field: string, row: JsonObject): ReadonlySet<string> {
  const list = field.split(".")[0] ?? "";
  const type = String(row.type ?? "");
  if (kind === "human-input" && list === "fields") return new Set(formField(type));
  if (kind === "human-input" && list === "delivery" && type !== "email") return new Set(["everyone", "members", "recipients", "subject", "body"]);
  if (kind === "parameter-extractor") return new Set(type === "select" ? [] : ["options"]);
  if (kind === "evaluate") return new Set(checkFields(type));
  return new Set();
}

function formField(type: string): string[] {
  const isFile = type === "file" || type === "file-list";
  return [
    ...(type === "select" ? [] : SELECT_ONLY),
    ...(type === "text" || type === "paragraph" ? [] : TEXT_ONLY),
    ...(type === "file-list" ? [] : FILES_ONLY),
    ...(isFile ? ["default", "default_from"] : FILE_ONLY),
  ];
}

/** What only checks of a kind look at. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  exact: ["ignore_punctuation"],
  contains: ["texts", "match"],
  regex: ["pattern"],
  similarity: ["minimum"],
  json_schema: ["schema"],
  model: ["model", "criteria"],
};
const CHECK_FIELDS = [...new Set(Object.values(CHECKS).flat())];

function checkFields(type: string): string[] {
  const used = CHECKS[type];
  return used ? CHECK_FIELDS.filter((name) => !used.includes(name)) : [];
}
