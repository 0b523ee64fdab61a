/** Keys with templated values: headers, parameters, form fields. An empty row waits at the end. */
import { useTranslation } from "react-i18next";
import { isObject, type JsonObject } from "@/graph";
import { Input } from "@/kit";
import { useForm } from "../context";
import { removeAt, replaceAt } from "../paths";
import { AddButton, RowTools } from "../Rows";
import { TemplateEditor } from "../template/TemplateEditor";
import type { WidgetProps } from "../widget";
import styles from "./Widgets.module.css";

export function KeyValuesWidget({ value, onChange, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const rows: JsonObject[] = Array.isArray(value) ? value.filter(isObject) : [];
  const change = (i: number, patch: JsonObject) => onChange(replaceAt(rows, i, { ...rows[i], ...patch }));
  return (
    <div className={styles.rows}>
      {rows.map((row, i) => (
        <div key={i} className={styles.row}>
          <Input size="sm" mono className={styles.name} disabled={readOnly} value={String(row.key ?? "")} aria-label={t("form.key")} placeholder={t("form.key")} onChange={(event) => change(i, { key: event.target.value })} />
          <div className={styles.grow}>
            <TemplateEditor single value={String(row.value ?? "")} label={`${label}: ${String(row.key ?? "")}`} placeholder={t("form.value")} onChange={(text) => change(i, { value: text })} />
          </div>
          <RowTools onRemove={() => onChange(removeAt(rows, i))} />
        </div>
      ))}
      <AddButton onAdd={() => onChange([...rows, { key: "", value: "" }])}>{t("form.add")}</AddButton>
    </div>
  );
}
