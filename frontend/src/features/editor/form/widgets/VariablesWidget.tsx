/** The start form: what a run may be given, in the order it is asked for. */
import { GripVertical, Pencil, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isObject, type JsonObject } from "@/graph";
import { Button, cx, IconButton, Tag } from "@/kit";
import { useForm } from "../context";
import { freshName } from "../NameInput";
import { moveItem, removeAt, replaceAt, setIn } from "../paths";
import { RowTools } from "../Rows";
import type { WidgetProps } from "../widget";
import { VariableEditor } from "./VariableEditor";
import styles from "./Variables.module.css";

export function VariablesWidget({ value, onChange, field, label }: WidgetProps) {
  const { t } = useTranslation(["editor", "nodes"]);
  const { node, renameOutput, readOnly } = useForm();
  const [open, setOpen] = useState<number | null>(null);
  const rows: JsonObject[] = Array.isArray(value) ? value.filter(isObject) : [];
  const change = (i: number, next: JsonObject) => {
    const list = replaceAt(rows, i, next);
    const from = String(rows[i]?.name ?? "");
    const to = String(next.name ?? "");
    if (from !== to) renameOutput(from, to, setIn(node.config, field, list));
    else onChange(list);
  };
  const add = () => {
    const name = freshName(rows.map((row) => String(row.name)), "input");
    onChange([...rows, { name, label: "", type: "text", required: true, default: null, max_length: null, options: [], description: "", hide: false }]);
    setOpen(rows.length);
  };
  return (
    <section className={styles.list} aria-label={label}>
      <header className={styles.head}>
        <h5 className={styles.title}>{label}</h5>
        {!readOnly && <Button variant="ghost" size="sm" icon={<Plus />} onClick={add}>{t("form.add")}</Button>}
      </header>
      {rows.length === 0 && <p className={styles.empty}>{t("startForm.empty")}</p>}
      {rows.map((row, i) => (
        <div key={i} className={cx(styles.item, open === i && styles.open)} data-field={`${field}.${i}`}>
          <Row row={row} open={open === i} onToggle={() => setOpen(open === i ? null : i)} onUp={i > 0 ? () => onChange(moveItem(rows, i, i - 1)) : undefined} onRemove={() => { onChange(removeAt(rows, i)); setOpen(null); }} />
          {open === i && <VariableEditor variable={row} onChange={(next) => change(i, next)} />}
        </div>
      ))}
    </section>
  );
}

interface RowProps {
  row: JsonObject;
  open: boolean;
  onToggle: () => void;
  onUp: (() => void) | undefined;
  onRemove: () => void;
}

function Row({ row, open, onToggle, onUp, onRemove }: RowProps) {
  const { t } = useTranslation(["editor", "nodes"]);
  return (
    <div className={styles.row}>
      <GripVertical size={14} className={styles.grip} />
      <button type="button" className={styles.open} aria-expanded={open} onClick={onToggle}>
        <code className={styles.name}>{String(row.name ?? "")}</code>
        {row.label ? <span className={styles.label}>{String(row.label)}</span> : null}
        <span className={styles.grow} />
        {row.required === true && <Tag>{t("startForm.required")}</Tag>}
        <span className={styles.type}>{t(`nodes:types.${String(row.type ?? "text")}`, { defaultValue: String(row.type) })}</span>
      </button>
      <IconButton size="sm" label={t("form.edit")} icon={<Pencil />} active={open} onClick={onToggle} />
      <RowTools onUp={onUp} onRemove={onRemove} />
    </div>
  );
}
