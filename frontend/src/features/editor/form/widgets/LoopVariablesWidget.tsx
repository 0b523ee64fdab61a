/** What a loop carries from round to round, and what each begins with. */
import { useTranslation } from "react-i18next";
import { isObject, type Json, type JsonObject } from "@/graph";
import { Segmented, Select } from "@/kit";
import { useForm } from "../context";
import { FieldFaults } from "../FieldFaults";
import { freshName, NameInput } from "../NameInput";
import { removeAt, replaceAt, setIn } from "../paths";
import { AddButton, RowTools } from "../Rows";
import type { WidgetProps } from "../widget";
import styles from "./Items.module.css";
import { ValueByMode } from "./ValueByMode";

const TYPES = ["string", "number", "boolean", "object", "array[string]", "array[number]", "array[boolean]", "array[object]"];
const BLANK: Record<string, Json> = { string: "", number: 0, boolean: false, object: {} };

export function LoopVariablesWidget({ value, onChange, field }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { node, faults, readOnly, renameOutput } = useForm();
  const rows: JsonObject[] = Array.isArray(value) ? value.filter(isObject) : [];
  const change = (i: number, patch: JsonObject) => onChange(replaceAt(rows, i, { ...rows[i], ...patch }));
  const rename = (i: number, name: string) => name !== "" && renameOutput(String(rows[i]?.name ?? ""), name, setIn(node.config, field, replaceAt(rows, i, { ...rows[i], name })));
  const add = () => onChange([...rows, { name: freshName(rows.map((row) => String(row.name)), "value"), type: "string", source: "constant", value: "" }]);
  return (
    <div className={styles.items}>
      {rows.map((row, i) => {
        const type = String(row.type ?? "string");
        const source = row.source === "variable" ? "variable" : "constant";
        return (
          <div key={i} className={styles.card} data-field={`${field}.${i}`}>
            <div className={styles.line}>
              <NameInput className={styles.wide} value={String(row.name ?? "")} disabled={readOnly} aria-label={t("form.name")} onRename={(name) => rename(i, name)} />
              <Select size="sm" className={styles.operation} label={t("form.type")} disabled={readOnly} value={type} onChange={(next) => change(i, { type: next, ...(source === "constant" ? { value: BLANK[next] ?? [] } : {}) })} options={TYPES.map((one) => ({ value: one, label: one }))} />
              <RowTools onRemove={() => onChange(removeAt(rows, i))} />
            </div>
            <div className={styles.line}>
              <Segmented size="sm" disabled={readOnly} label={t("value.mode")} value={source} onChange={(next) => change(i, { source: next, value: next === "variable" ? [] : (BLANK[type] ?? []) })} options={[{ value: "constant", label: t("value.constant") }, { value: "variable", label: t("value.variable") }]} />
              <div className={styles.wide}><ValueByMode mode={source} type={type} value={row.value} label={`${t("form.value")}: ${String(row.name ?? "")}`} onChange={(next) => change(i, { value: next })} /></div>
            </div>
            <FieldFaults quiet faults={faults.filter((fault) => fault.field?.startsWith(`${field}.${i}`))} />
          </div>
        );
      })}
      <AddButton onAdd={add}>{t("form.addVariable")}</AddButton>
    </div>
  );
}
