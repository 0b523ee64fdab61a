/** Names given to values from upstream: what a program or a template may use, or what a workflow gives back. */
import { useTranslation } from "react-i18next";
import { isObject, type Json, type JsonObject } from "@/graph";
import { useForm } from "../context";
import { freshName, NameInput } from "../NameInput";
import { removeAt, replaceAt } from "../paths";
import { AddButton, RowTools } from "../Rows";
import type { WidgetProps } from "../widget";
import { SelectorField } from "./SelectorWidget";
import styles from "./Widgets.module.css";

export function InputsWidget({ value, onChange, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const rows = rowsOf(value);
  const change = (i: number, patch: JsonObject) => onChange(replaceAt(rows, i, { ...rows[i], ...patch }));
  const pick = (i: number, selector: string[]) => {
    const unnamed = /^(value|output|input)?(_\d+)?$/.test(String(rows[i]?.name ?? ""));
    const others = rows.filter((_, j) => j !== i).map((row) => String(row.name));
    const last = (selector.at(-1) ?? "value").replace(/[^A-Za-z0-9_]/g, "_").replace(/^(\d)/, "_$1");
    change(i, unnamed ? { selector, name: freshName(others, last) } : { selector });
  };
  return (
    <div className={styles.rows}>
      {rows.map((row, i) => (
        <div key={i} className={styles.row}>
          <NameInput value={String(row.name ?? "")} disabled={readOnly} className={styles.name} aria-label={t("form.name")} onRename={(name) => change(i, { name })} />
          <SelectorField compact value={Array.isArray(row.selector) ? row.selector.map(String) : []} label={`${label}: ${String(row.name ?? "")}`} onChange={(selector) => pick(i, selector)} />
          <RowTools onRemove={() => onChange(removeAt(rows, i))} />
        </div>
      ))}
      <AddButton onAdd={() => onChange([...rows, { name: freshName(rows.map((row) => String(row.name)), "value"), selector: [] }])}>
        {t("form.addValue")}
      </AddButton>
    </div>
  );
}

function rowsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
