/** Conditions on one attribute of the items of a list, such as the name or the size of a file. */
import { useTranslation } from "react-i18next";
import { isObject, type JsonObject } from "@/graph";
import { Combobox, Segmented, Select } from "@/kit";
import { useForm } from "../context";
import { FieldFaults } from "../FieldFaults";
import { removeAt, replaceAt } from "../paths";
import { AddButton, RowTools } from "../Rows";
import { TemplateEditor } from "../template/TemplateEditor";
import type { ConditionRowProps } from "./ConditionRow";
import styles from "./Conditions.module.css";
import { isUnary, operatorsFor } from "./operators";

export const FRESH_SUB: JsonObject = { key: "", operator: "contains", value: "" };
const FILE_KEYS = ["name", "size", "type", "extension", "mime_type", "transfer_method", "url"] as const;

export function SubConditions({ value, field, onChange }: { value: JsonObject; field: string; onChange: (value: JsonObject) => void }) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const conditions = Array.isArray(value.conditions) ? value.conditions.filter(isObject) : [];
  const set = (next: JsonObject[]) => onChange({ ...value, conditions: next });
  return (
    <div className={styles.subs}>
      {conditions.length > 1 && (
        <Segmented size="sm" disabled={readOnly} label={t("conditions.logical")} value={value.logical === "or" ? "or" : "and"} onChange={(logical) => onChange({ ...value, logical })} options={[{ value: "and", label: t("conditions.all") }, { value: "or", label: t("conditions.any") }]} />
      )}
      {conditions.map((condition, i) => (
        <SubConditionRow key={i} condition={condition} field={`${field}.conditions.${i}`} onChange={(next) => set(replaceAt(conditions, i, next))} onRemove={conditions.length > 1 ? () => set(removeAt(conditions, i)) : undefined} />
      ))}
      <AddButton onAdd={() => set([...conditions, { ...FRESH_SUB, key: "type" }])}>{t("conditions.addSub")}</AddButton>
    </div>
  );
}

export function SubConditionRow({ condition, field, onChange, onRemove }: ConditionRowProps) {
  const { t } = useTranslation(["editor", "nodes"]);
  const { faults, readOnly } = useForm();
  const key = String(condition.key ?? "");
  const operator = String(condition.operator ?? "contains");
  const offered = operatorsFor(key === "size" ? "number" : key === "" ? "any" : "string");
  const operators = offered.includes(operator) ? offered : [operator, ...offered];
  const keys = FILE_KEYS.some((known) => known === key) || key === "" ? ["", ...FILE_KEYS] : ["", key, ...FILE_KEYS];
  const shown = Array.isArray(condition.value) ? condition.value.join(", ") : String(condition.value ?? "");
  return (
    <div className={styles.condition} data-field={field}>
      <div className={styles.line}>
        <Combobox className={styles.grow} label={t("conditions.key")} disabled={readOnly} value={key} onChange={(next) => onChange({ ...condition, key: next })} options={keys.map((one) => ({ value: one, label: one === "" ? t("conditions.itself") : t(`conditions.keys.${one}`, { defaultValue: one }) }))} />
        <RowTools onRemove={onRemove} />
      </div>
      <div className={styles.line}>
        <Select size="sm" className={styles.operator} label={t("conditions.operator")} disabled={readOnly} value={operator} onChange={(next) => onChange({ ...condition, operator: next })} options={operators.map((one) => ({ value: one, label: t(`nodes:operators.${one}`, { defaultValue: one }) }))} />
        {!isUnary(operator) && <div className={styles.grow}><TemplateEditor single value={shown} label={t("conditions.comparand")} placeholder={t("form.value")} onChange={(value) => onChange({ ...condition, value })} /></div>}
      </div>
      <FieldFaults faults={faults.filter((fault) => fault.field?.startsWith(field))} />
    </div>
  );
}
