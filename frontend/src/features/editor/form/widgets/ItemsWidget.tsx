/** A list of objects, each a row that opens into fields made from the schema. Renaming one takes its users along. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { blankOf, isObject, resolve, type Json, type JsonObject, type Schema } from "@/graph";
import { cx, Tag } from "@/kit";
import { useForm } from "../context";
import { FieldFaults } from "../FieldFaults";
import { FormField } from "../FormField";
import { freshName } from "../NameInput";
import { moveItem, removeAt, replaceAt, setIn } from "../paths";
import { AddButton, RowTools } from "../Rows";
import type { WidgetProps } from "../widget";
import { hiddenFields } from "./itemFields";
import styles from "./Items.module.css";

export function ItemsWidget({ value, onChange, schema, root, field, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { node, kind, renameOutput } = useForm();
  const [open, setOpen] = useState<number | null>(null);
  const rows: JsonObject[] = Array.isArray(value) ? value.filter(isObject) : [];
  const item = resolve(resolve(schema, root).items ?? {}, root);
  const names = kind?.outputs_from === field || NAMING.has(`${node.kind}.${field}`);
  const change = (i: number, next: JsonObject) => {
    const list = replaceAt(rows, i, next);
    const from = String(rows[i]?.name ?? "");
    const to = String(next.name ?? "");
    if (names && from !== to) renameOutput(from, to, setIn(node.config, field, list));
    else onChange(list);
  };
  const add = () => {
    onChange([...rows, freshItem(item, root, rows)]);
    setOpen(rows.length);
  };
  return (
    <div className={styles.items}>
      {rows.map((row, i) => (
        <div key={i} className={cx(styles.item, open === i && styles.isOpen)} data-field={`${field}.${i}`}>
          <div className={styles.row}>
            <button type="button" className={styles.open} aria-expanded={open === i} onClick={() => setOpen(open === i ? null : i)}>
              <Summary row={row} number={i + 1} />
            </button>
            <RowTools onUp={i > 0 ? () => { onChange(moveItem(rows, i, i - 1)); setOpen(null); } : undefined} onRemove={() => { onChange(removeAt(rows, i)); setOpen(null); }} />
          </div>
          {open === i && <ItemFields row={row} item={item} root={root} field={`${field}.${i}`} onChange={(next) => change(i, next)} />}
          {open !== i && <RowFaults field={`${field}.${i}`} />}
        </div>
      ))}
      <AddButton onAdd={add} label={t("form.addTo", { name: label })}>{t("form.add")}</AddButton>
    </div>
  );
}

/** Lists whose names are outputs of their node. */
const NAMING = new Set(["human-input.fields", "parameter-extractor.parameters", "variable-aggregator.groups"]);

function Summary({ row, number }: { row: JsonObject; number: number }) {
  const { t } = useTranslation(["editor", "nodes"]);
  const name = [row.name, row.title, row.label, row.tool].map((part) => (typeof part === "string" ? part : "")).find(Boolean);
  const type = typeof row.type === "string" ? row.type : "";
  return (
    <>
      {name ? <code className={styles.name}>{name}</code> : <span className={styles.name}>{type ? t(`nodes:options.type.${type}`, { defaultValue: type }) : number}</span>}
      {name && typeof row.label === "string" && row.label !== "" && row.label !== name && <span className={styles.label}>{row.label}</span>}
      <span className={styles.grow} />
      {row.required === true && <Tag>{t("startForm.required")}</Tag>}
      {row.enabled === false && <Tag>{t("form.off")}</Tag>}
      {name && type && <span className={styles.type}>{t(`nodes:options.type.${type}`, { defaultValue: type })}</span>}
    </>
  );
}

interface ItemFieldsProps {
  row: JsonObject;
  item: Schema;
  root: Schema;
  field: string;
  onChange: (row: JsonObject) => void;
}

function ItemFields({ row, item, root, field, onChange }: ItemFieldsProps) {
  const { node } = useForm();
  const hidden = hiddenFields(node.kind, field, row);
  return (
    <div className={styles.fields}>
      {Object.entries(item.properties ?? {}).filter(([name]) => !hidden.has(name)).map(([name, schema]) => (
        <FormField key={name} name={name} field={`${field}.${name}`} schema={schema} root={root} value={row[name]} onChange={(value) => onChange(setIn(row, name, value))} />
      ))}
    </div>
  );
}

function RowFaults({ field }: { field: string }) {
  const { faults } = useForm();
  return <div className={styles.faults}><FieldFaults quiet faults={faults.filter((fault) => fault.field === field || fault.field?.startsWith(`${field}.`))} /></div>;
}

function freshItem(item: Schema, root: Schema, rows: readonly JsonObject[]): JsonObject {
  const blank = blankOf(item, root);
  const fresh: JsonObject = isObject(blank) ? blank : {};
  const taken = (key: string) => rows.map((row) => String(row[key] ?? ""));
  if ("id" in (item.properties ?? {})) fresh.id = freshName(taken("id"), "item");
  if ("name" in (item.properties ?? {})) fresh.name = freshName(taken("name"), "value");
  return fresh as JsonObject & Json;
}
