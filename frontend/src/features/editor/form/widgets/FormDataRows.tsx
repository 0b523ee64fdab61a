/** Fields of a form that is sent: texts, and files from upstream. */
import { useTranslation } from "react-i18next";
import { isObject, type Json, type JsonObject } from "@/graph";
import { Input, Select } from "@/kit";
import { useForm } from "../context";
import { removeAt, replaceAt } from "../paths";
import { AddButton, RowTools } from "../Rows";
import { TemplateEditor } from "../template/TemplateEditor";
import styles from "./Items.module.css";
import { SelectorField } from "./SelectorWidget";

export function FormDataRows({ value, label, onChange }: { value: Json | undefined; label: string; onChange: (rows: JsonObject[]) => void }) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const rows: JsonObject[] = Array.isArray(value) ? value.filter(isObject) : [];
  const change = (i: number, patch: JsonObject) => onChange(replaceAt(rows, i, { ...rows[i], ...patch }));
  return (
    <div className={styles.items}>
      {rows.map((row, i) => {
        const name = `${label}: ${String(row.key ?? "")}`;
        const isFile = row.type === "file";
        return (
          <div key={i} className={styles.card}>
            <div className={styles.line}>
              <Input size="sm" mono className={styles.wide} disabled={readOnly} aria-label={t("form.key")} placeholder={t("form.key")} value={String(row.key ?? "")} onChange={(event) => change(i, { key: event.target.value })} />
              <Select size="sm" className={styles.mode} label={t("form.type")} disabled={readOnly} value={isFile ? "file" : "text"} onChange={(type) => change(i, { type })} options={[{ value: "text", label: t("body.textField") }, { value: "file", label: t("body.file") }]} />
              <RowTools onRemove={() => onChange(removeAt(rows, i))} />
            </div>
            {isFile
              ? <SelectorField value={Array.isArray(row.selector) ? row.selector.map(String) : []} label={name} onChange={(selector) => change(i, { selector })} />
              : <TemplateEditor single value={String(row.value ?? "")} label={name} placeholder={t("form.value")} onChange={(text) => change(i, { value: text })} />}
          </div>
        );
      })}
      <AddButton onAdd={() => onChange([...rows, { key: "", type: "text", value: "", selector: [] }])}>{t("form.add")}</AddButton>
    </div>
  );
}
