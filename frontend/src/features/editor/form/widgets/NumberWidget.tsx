/** A number within the schema's limits; empty where it may be. */
import { useState } from "react";
import { isNullable, resolve } from "@/graph";
import { Input } from "@/kit";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";
import styles from "./Widgets.module.css";

export function NumberWidget({ value, onChange, schema, root }: WidgetProps) {
  const { readOnly } = useForm();
  const plain = resolve(schema, root);
  const [draft, setDraft] = useState<string | null>(null);
  const shown = draft ?? (typeof value === "number" ? String(value) : "");
  const step = plain.type === "integer" ? 1 : "any";
  const take = (text: string) => {
    setDraft(text);
    const number = Number(text);
    if (text.trim() === "" && isNullable(schema)) onChange(null);
    else if (text.trim() !== "" && Number.isFinite(number)) onChange(number);
  };
  return (
    <Input
      type="number"
      size="sm"
      className={styles.number}
      value={shown}
      min={plain.minimum}
      max={plain.maximum}
      step={step}
      disabled={readOnly}
      placeholder={isNullable(schema) ? "–" : undefined}
      onChange={(event) => take(event.target.value)}
      onBlur={() => setDraft(null)}
    />
  );
}
