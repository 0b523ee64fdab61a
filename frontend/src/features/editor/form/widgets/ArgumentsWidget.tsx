/** Values handed over by name, each written down, taken from upstream, or made of both. */
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
import { ValueByMode, type ValueMode } from "./ValueByMode";

const MODES: readonly ValueMode[] = ["variable", "template", "constant"];

/** `names` are offered first, as far as they are not given yet. */
export function ArgumentsWidget({ value, onChange, field, label, names = [] }: WidgetProps & { names?: readonly string[] }) {
  const { t } = useTranslation("editor");
  const { faults, readOnly } = useForm();
  const rows: JsonObject[] = Array.isArray(value) ? value.filter(isObject) : [];
  const change = (i: number, patch: JsonObject) => onChange(replaceAt(rows, i, { ...rows[i], ...patch }));
  const taken = rows.map((row) => String(row.name));
  const add = () => onChange([...rows, { name: names.find((name) => !taken.includes(name)) ?? freshName(taken, "value"), mode: "variable", value: [] }]);
  return (
    <div className={styles.items}>
      {rows.map((row, i) => {
        const mode = modeOf(row);
        return (
          <div key={i} className={styles.card} data-field={`${field}.${i}`}>
            <div className={styles.line}>
              <Input size="sm" mono className={styles.wide} disabled={readOnly} aria-label={t("form.name")} value={String(row.name ?? "")} onChange={(event) => change(i, { name: event.target.value })} />
              <Select size="sm" className={styles.mode} label={t("value.mode")} disabled={readOnly} value={mode} onChange={(next) => change(i, { mode: next, value: next === "variable" ? [] : "" })} options={MODES.map((one) => ({ value: one, label: t(`value.${one}`) }))} />
              <RowTools onRemove={() => onChange(removeAt(rows, i))} />
            </div>
            <ValueByMode mode={mode} value={row.value} label={`${label}: ${String(row.name ?? "")}`} onChange={(next) => change(i, { value: next })} />
            <FieldFaults quiet faults={faults.filter((fault) => fault.field?.startsWith(`${field}.${i}`))} />
          </div>
        );
      })}
      <AddButton onAdd={add}>{t("form.addValue")}</AddButton>
    </div>
  );
}

function modeOf(row: JsonObject): ValueMode {
  return MODES.find((mode) => mode === row.mode) ?? "constant";
}
