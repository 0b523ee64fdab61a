/** One condition: a value, an operator that suits its type, and what it is compared with. */
import { useTranslation } from "react-i18next";
import { findVariable, isObject, type JsonObject } from "@/graph";
import { Select } from "@/kit";
import { useForm } from "../context";
import { FieldFaults } from "../FieldFaults";
import { RowTools } from "../Rows";
import { TemplateEditor } from "../template/TemplateEditor";
import styles from "./Conditions.module.css";
import { isUnary, operatorsFor } from "./operators";
import { SelectorField } from "./SelectorWidget";
import { FRESH_SUB, SubConditions } from "./SubConditions";

export interface ConditionRowProps {
  condition: JsonObject;
  field: string;
  onChange: (condition: JsonObject) => void;
  onRemove: (() => void) | undefined;
}

export function ConditionRow({ condition, field, onChange, onRemove }: ConditionRowProps) {
  const { t } = useTranslation(["editor", "nodes"]);
  const { groups, faults, readOnly } = useForm();
  const selector = Array.isArray(condition.selector) ? condition.selector.map(String) : [];
  const operator = String(condition.operator ?? "contains");
  const deep = selector.length > 2;
  const type = deep ? "any" : (findVariable(groups, selector)?.type ?? "any");
  const offered = operatorsFor(type);
  const operators = offered.includes(operator) ? offered : [operator, ...offered];
  const own = faults.filter((fault) => fault.field?.startsWith(field));
  /** Of a list of files one asks for what is in it, not whether it equals a text. */
  const ofFiles = isObject(condition.sub) || (type === "array[file]" && !isUnary(operator));
  const sub = isObject(condition.sub) ? condition.sub : { logical: "and", conditions: [{ ...FRESH_SUB, key: "type" }] };
  const pick = (next: string[]) => {
    const fitting = operatorsFor(next.length > 2 ? "any" : (findVariable(groups, next)?.type ?? "any"));
    const files = findVariable(groups, next)?.type === "array[file]";
    onChange({ ...condition, ...(files || condition.sub === undefined ? {} : { sub: null }), selector: next, operator: fitting.includes(operator) ? operator : (fitting[0] ?? operator) });
  };
  return (
    <div className={styles.condition} data-field={field}>
      <div className={styles.line}>
        <SelectorField value={selector} label={t("conditions.value")} onChange={pick} />
        <RowTools onRemove={onRemove} />
      </div>
      <div className={styles.line}>
        <Select
          size="sm"
          className={styles.operator}
          label={t("conditions.operator")}
          disabled={readOnly}
          value={operator}
          onChange={(next) => onChange({ ...condition, operator: next })}
          options={operators.map((value) => ({ value, label: t(`nodes:operators.${value}`, { defaultValue: value }) }))}
        />
        {!isUnary(operator) && !ofFiles && <Comparand value={condition.value} type={type} onChange={(value) => onChange({ ...condition, value })} />}
      </div>
      {ofFiles && <SubConditions value={sub} field={`${field}.sub`} onChange={(next) => onChange({ ...condition, sub: next })} />}
      <FieldFaults faults={own} />
    </div>
  );
}

function Comparand({ value, type, onChange }: { value: JsonObject[string] | undefined; type: string; onChange: (value: JsonObject[string]) => void }) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  if (type === "boolean") {
    const options = [{ value: "true", label: t("conditions.true") }, { value: "false", label: t("conditions.false") }];
    return <Select size="sm" className={styles.grow} label={t("conditions.comparand")} disabled={readOnly} value={String(value) === "true" ? "true" : "false"} onChange={(next) => onChange(next === "true")} options={options} />;
  }
  const text = Array.isArray(value) ? value.join(", ") : value === null || value === undefined ? "" : String(value);
  return (
    <div className={styles.grow}>
      <TemplateEditor single value={text} label={t("conditions.comparand")} placeholder={t("form.value")} onChange={onChange} />
    </div>
  );
}
