/** Any JSON, such as the schema of a structured answer. What is half typed stays here until it is whole. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isBlank, isNullable, type Json } from "@/graph";
import { CodeEditor } from "../code/CodeEditor";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";
import styles from "./Widgets.module.css";

export function JsonWidget({ value, onChange, schema, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const written = isBlank(value) ? "" : JSON.stringify(value, null, 2);
  const [draft, setDraft] = useState<{ text: string; base: string } | null>(null);
  const text = draft && draft.base === written ? draft.text : written;
  const parsed = parse(text);
  const take = (next: string) => {
    const result = parse(next);
    if (result === undefined) return setDraft({ text: next, base: written });
    const empty = next.trim() === "";
    const json = empty ? (isNullable(schema) ? null : {}) : result;
    setDraft({ text: next, base: isBlank(json) ? "" : JSON.stringify(json, null, 2) });
    onChange(json);
  };
  return (
    <>
      <CodeEditor language="json" value={text} label={label} readOnly={readOnly} invalid={parsed === undefined} placeholder="{ }" onChange={take} />
      {parsed === undefined && <p className={styles.note}>{t("form.notJson")}</p>}
    </>
  );
}

/** Undefined when the text is not JSON; null for nothing at all. */
function parse(text: string): Json | undefined {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
