/** The buttons under a form; each is a way out of the node. */
import { useTranslation } from "react-i18next";
import { isObject, type JsonObject } from "@/graph";
import { Input, Select } from "@/kit";
import { useForm } from "../context";
import { FieldFaults } from "../FieldFaults";
import { freshName } from "../NameInput";
import { removeAt, replaceAt } from "../paths";
import { AddButton, RowTools } from "../Rows";
import type { WidgetProps } from "../widget";
import styles from "./Items.module.css";

const LOOKS = ["primary", "default", "accent", "ghost"] as const;

export function ActionsWidget({ value, onChange, field }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { faults, readOnly } = useForm();
  const rows: JsonObject[] = Array.isArray(value) ? value.filter(isObject) : [];
  const change = (i: number, patch: JsonObject) => onChange(replaceAt(rows, i, { ...rows[i], ...patch }));
  const add = () => onChange([...rows, { id: freshName(rows.map((row) => String(row.id)), "action"), title: t("actions.fresh"), style: rows.length === 0 ? "primary" : "default" }]);
  return (
    <div className={styles.items}>
      {rows.map((row, i) => (
        <div key={String(row.id)} data-field={`${field}.${i}`}>
          <div className={styles.line}>
            <Input size="sm" className={styles.wide} disabled={readOnly} aria-label={t("actions.title", { number: i + 1 })} placeholder={String(row.id)} value={String(row.title ?? "")} onChange={(event) => change(i, { title: event.target.value })} />
            <Select size="sm" className={styles.mode} label={t("actions.style")} disabled={readOnly} value={String(row.style ?? "default")} onChange={(style) => change(i, { style })} options={LOOKS.map((look) => ({ value: look, label: t(`actions.${look}`) }))} />
            <RowTools onRemove={rows.length > 1 ? () => onChange(removeAt(rows, i)) : undefined} />
          </div>
          <FieldFaults quiet faults={faults.filter((fault) => fault.field?.startsWith(`${field}.${i}`))} />
        </div>
      ))}
      <AddButton onAdd={add}>{t("actions.add")}</AddButton>
    </div>
  );
}
