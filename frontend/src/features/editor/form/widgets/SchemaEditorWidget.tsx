/** A JSON Schema as a tree of named, typed fields, or as the text it is. */
import { Braces, ListTree } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isObject, isNullable, type Json, type JsonObject } from "@/graph";
import { Input, Segmented, Select, Tooltip } from "@/kit";
import { useForm } from "../context";
import { freshName, NameInput } from "../NameInput";
import { AddButton, RowTools } from "../Rows";
import type { WidgetProps } from "../widget";
import { JsonWidget } from "./JsonWidget";
import styles from "./Schema.module.css";
import { isTree, removeField, renameField, setField, setRequired, TYPES, typeOf, withType } from "./schemaTree";

export function SchemaEditorWidget(props: WidgetProps) {
  const { value, onChange, schema } = props;
  const { t } = useTranslation("editor");
  const plain = isTree(value);
  const [asText, setAsText] = useState(!plain);
  const tree: JsonObject = isObject(value) ? value : {};
  const clear = isNullable(schema) && isObject(value);
  return (
    <div className={styles.schema}>
      <div className={styles.head}>
        <Segmented
          size="sm"
          label={t("schema.view")}
          value={asText || !plain ? "text" : "tree"}
          onChange={(view) => setAsText(view === "text")}
          options={[{ value: "tree", label: t("schema.tree"), icon: <ListTree size={13} /> }, { value: "text", label: "JSON", icon: <Braces size={13} /> }]}
        />
        {!plain && !asText && <span className={styles.note}>{t("schema.textOnly")}</span>}
      </div>
      {asText || !plain ? <JsonWidget {...props} /> : <Fields node={tree} depth={0} onChange={(next) => onChange(clear && Object.keys(next.properties ?? {}).length === 0 ? null : next)} />}
    </div>
  );
}

function Fields({ node, depth, onChange }: { node: JsonObject; depth: number; onChange: (node: JsonObject) => void }) {
  const { t } = useTranslation("editor");
  const fields = isObject(node.properties) ? Object.entries(node.properties).filter((entry): entry is [string, JsonObject] => isObject(entry[1])) : [];
  const required = new Set(Array.isArray(node.required) ? node.required.map(String) : []);
  const add = () => {
    const name = freshName(fields.map(([other]) => other), "field");
    onChange(setRequired(setField({ ...node, type: "object" }, name, { type: "string" }), name, true));
  };
  return (
    <div className={styles.fields} style={{ "--depth": depth } as React.CSSProperties}>
      {fields.map(([name, field]) => (
        <FieldRow
          key={name}
          name={name}
          field={field}
          depth={depth}
          required={required.has(name)}
          onRename={(next) => onChange(renameField(node, name, next))}
          onChange={(next) => onChange(setField(node, name, next))}
          onRequired={(on) => onChange(setRequired(node, name, on))}
          onRemove={() => onChange(removeField(node, name))}
        />
      ))}
      <AddButton onAdd={add}>{t("schema.add")}</AddButton>
    </div>
  );
}

interface FieldRowProps {
  name: string;
  field: JsonObject;
  depth: number;
  required: boolean;
  onRename: (name: string) => void;
  onChange: (field: JsonObject) => void;
  onRequired: (on: boolean) => void;
  onRemove: () => void;
}

function FieldRow({ name, field, depth, required, onRename, onChange, onRequired, onRemove }: FieldRowProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const type = typeOf(field);
  const inner: Json | undefined = type === "object" ? field : type === "array[object]" ? field.items : undefined;
  return (
    <div className={styles.field}>
      <div className={styles.line}>
        <NameInput className={styles.name} value={name} disabled={readOnly} aria-label={t("form.name")} onRename={(next) => next !== "" && onRename(next)} />
        <Select size="sm" className={styles.type} label={t("form.type")} disabled={readOnly} value={type} onChange={(next) => onChange(withType(field, next))} options={TYPES.map((one) => ({ value: one, label: one }))} />
        <Tooltip text={t(required ? "schema.required" : "schema.optional")}>
          <button type="button" className={styles.star} aria-pressed={required} disabled={readOnly} aria-label={t("schema.required")} onClick={() => onRequired(!required)}>✱</button>
        </Tooltip>
        <RowTools onRemove={onRemove} />
      </div>
      <Input size="sm" disabled={readOnly} aria-label={t("schema.description")} placeholder={t("schema.description")} value={String(field.description ?? "")} onChange={(event) => onChange(event.target.value === "" ? without(field, "description") : { ...field, description: event.target.value })} />
      {isObject(inner) && depth < 4 && <Fields node={inner} depth={depth + 1} onChange={(next) => onChange(type === "object" ? { ...field, ...next } : { ...field, items: next })} />}
    </div>
  );
}

function without(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}
