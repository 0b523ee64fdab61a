/** Conditions on what documents say of themselves: which of them are searched at all. */
import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Condition, type FieldType, type Filter, type Operator } from "@/api";
import { Button, IconButton, Input, Segmented, Select } from "@/kit";
import { moved, operatorsOf, takesValue, timeText } from "./conditions";
import styles from "./FilterEditor.module.css";

export interface FilterField {
  name: string;
  type: FieldType;
  /** What people read; the name where the dataset's makers gave it. */
  label?: string;
}

export interface FilterEditorProps {
  fields: readonly FilterField[];
  value: Filter | null;
  onChange: (value: Filter | null) => void;
  disabled?: boolean;
}

export function FilterEditor({ fields, value, onChange, disabled = false }: FilterEditorProps) {
  const { t } = useTranslation("retrieval");
  const conditions = value?.conditions ?? [];
  const logical = value?.logical ?? "and";
  const set = (next: Condition[]) => onChange(next.length > 0 ? { logical, conditions: next } : null);
  const typeOf = (name: string): FieldType => fields.find((field) => field.name === name)?.type ?? "string";
  const add = () => {
    const first = fields[0];
    if (first) set([...conditions, { name: first.name, operator: operatorsOf(first.type)[0] ?? "is", value: "" }]);
  };
  return (
    <div className={styles.filter}>
      {conditions.length > 1 && (
        <Segmented<Filter["logical"]> size="sm" label={t("filter.join")} value={logical} disabled={disabled} onChange={(next) => onChange({ logical: next, conditions })} options={[{ value: "and", label: t("filter.all") }, { value: "or", label: t("filter.any") }]} />
      )}
      {conditions.length > 0 && (
        <ul className={styles.rows} aria-label={t("filter.conditions")}>
          {conditions.map((condition, index) => (
            <ConditionRow
              key={index}
              number={index + 1}
              fields={fields}
              condition={condition}
              type={typeOf(condition.name)}
              typeOf={typeOf}
              disabled={disabled}
              onChange={(next) => set(conditions.map((one, at) => (at === index ? next : one)))}
              onRemove={() => set(conditions.filter((_, at) => at !== index))}
            />
          ))}
        </ul>
      )}
      {!disabled && (
        <Button size="sm" variant="ghost" icon={<Plus />} className={styles.add} disabled={fields.length === 0} onClick={add}>
          {t("filter.add")}
        </Button>
      )}
    </div>
  );
}

interface RowProps {
  number: number;
  fields: readonly FilterField[];
  condition: Condition;
  type: FieldType;
  typeOf: (name: string) => FieldType;
  disabled: boolean;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}

function ConditionRow({ number, fields, condition, type, typeOf, disabled, onChange, onRemove }: RowProps) {
  const { t } = useTranslation("retrieval");
  const known = fields.some((field) => field.name === condition.name);
  const options = [...fields.map((field) => ({ value: field.name, label: field.label ?? field.name })), ...(known ? [] : [{ value: condition.name, label: condition.name }])];
  const text = type === "time" ? timeText(condition.value) : Array.isArray(condition.value) ? condition.value.join(", ") : String(condition.value ?? "");
  return (
    <li className={styles.row}>
      <Select size="sm" label={t("filter.field", { number })} value={condition.name} options={options} disabled={disabled} onChange={(name) => onChange(moved(condition, name, type, typeOf(name)))} />
      <Select<Operator> size="sm" label={t("filter.operator", { number })} value={condition.operator} disabled={disabled} options={operatorsOf(type).map((value) => ({ value, label: t(`filter.operators.${value}`) }))} onChange={(operator) => onChange({ ...condition, operator })} />
      {takesValue(condition.operator) ? (
        <Input
          size="sm"
          aria-label={t("filter.value", { number })}
          type={type === "time" ? "date" : "text"}
          inputMode={type === "number" ? "decimal" : undefined}
          disabled={disabled}
          value={text}
          placeholder={condition.operator === "in" || condition.operator === "not in" ? t("filter.listPlaceholder") : undefined}
          onChange={(event) => onChange({ ...condition, value: type === "number" && event.target.value.trim() !== "" && Number.isFinite(Number(event.target.value)) ? Number(event.target.value) : event.target.value })}
        />
      ) : (
        <span />
      )}
      {!disabled && <IconButton size="sm" label={t("filter.remove", { number })} icon={<X />} onClick={onRemove} />}
    </li>
  );
}
