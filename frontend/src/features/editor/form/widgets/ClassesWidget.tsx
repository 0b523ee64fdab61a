/** The classes of a question: what belongs to each, and the name on its way out. */
import { useTranslation } from "react-i18next";
import { isObject, type JsonObject } from "@/graph";
import { Input, Textarea } from "@/kit";
import { useForm } from "../context";
import { FieldFaults } from "../FieldFaults";
import { freshName } from "../NameInput";
import { moveItem, removeAt, replaceAt } from "../paths";
import { AddButton, RowTools } from "../Rows";
import type { WidgetProps } from "../widget";
import styles from "./Items.module.css";

export function ClassesWidget({ value, onChange, field }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { faults, readOnly } = useForm();
  const rows: JsonObject[] = Array.isArray(value) ? value.filter(isObject) : [];
  const change = (i: number, patch: JsonObject) => onChange(replaceAt(rows, i, { ...rows[i], ...patch }));
  return (
    <div className={styles.items}>
      {rows.map((row, i) => (
        <div key={String(row.id)} className={styles.card} data-field={`${field}.${i}`}>
          <div className={styles.line}>
            <span className={styles.rank}>{i + 1}</span>
            <Input size="sm" className={styles.wide} disabled={readOnly} aria-label={t("classes.label", { number: i + 1 })} placeholder={t("classes.labelPlaceholder")} value={String(row.label ?? "")} onChange={(event) => change(i, { label: event.target.value })} />
            <RowTools onUp={i > 0 ? () => onChange(moveItem(rows, i, i - 1)) : undefined} onRemove={rows.length > 1 ? () => onChange(removeAt(rows, i)) : undefined} />
          </div>
          <Textarea rows={2} disabled={readOnly} aria-label={t("classes.name", { number: i + 1 })} placeholder={t("classes.namePlaceholder")} value={String(row.name ?? "")} onChange={(event) => change(i, { name: event.target.value })} />
          <FieldFaults quiet faults={faults.filter((fault) => fault.field?.startsWith(`${field}.${i}`))} />
        </div>
      ))}
      <AddButton onAdd={() => onChange([...rows, { id: freshName(rows.map((row) => String(row.id)), "class"), name: "", label: "" }])}>{t("classes.add")}</AddButton>
    </div>
  );
}
