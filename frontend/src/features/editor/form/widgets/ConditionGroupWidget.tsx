/** Conditions that hold all together or one by one: when a loop ends, which items of a list are kept. May be absent. */
import { useTranslation } from "react-i18next";
import { isNullable, isObject, resolve, type JsonObject } from "@/graph";
import { Segmented, Switch } from "@/kit";
import { useForm } from "../context";
import { removeAt, replaceAt } from "../paths";
import { AddButton } from "../Rows";
import type { WidgetProps } from "../widget";
import { ConditionRow } from "./ConditionRow";
import styles from "./Conditions.module.css";
import { FRESH_SUB, SubConditionRow } from "./SubConditions";
import widgets from "./Widgets.module.css";

const FRESH: JsonObject = { selector: [], operator: "is", value: "" };

export function ConditionGroupWidget({ value, onChange, schema, root, field, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const on = isObject(value);
  const ofItems = !("selector" in (itemOf({ schema, root }).properties ?? {}));
  const fresh = ofItems ? FRESH_SUB : FRESH;
  const group: JsonObject = isObject(value) ? value : { logical: "and", conditions: [] };
  const conditions = Array.isArray(group.conditions) ? group.conditions.filter(isObject) : [];
  const set = (next: JsonObject[]) => onChange({ ...group, conditions: next });
  return (
    <div className={styles.cases}>
      <div className={widgets.switchRow}>
        <span className={widgets.switchLabel}>{label}</span>
        {isNullable(schema) && <Switch label={label} checked={on} disabled={readOnly} onChange={(next) => onChange(next ? { logical: "and", conditions: [fresh] } : null)} />}
      </div>
      {(on || !isNullable(schema)) && (
        <section className={styles.case}>
          {conditions.length > 1 && (
            <Segmented size="sm" disabled={readOnly} label={t("conditions.logical")} value={group.logical === "or" ? "or" : "and"} onChange={(logical) => onChange({ ...group, logical })} options={[{ value: "and", label: t("conditions.all") }, { value: "or", label: t("conditions.any") }]} />
          )}
          {conditions.map((condition, i) => {
            const props = { condition, field: `${field}.conditions.${i}`, onChange: (next: JsonObject) => set(replaceAt(conditions, i, next)), onRemove: () => set(removeAt(conditions, i)) };
            return ofItems ? <SubConditionRow key={i} {...props} /> : <ConditionRow key={i} {...props} />;
          })}
          <AddButton onAdd={() => set([...conditions, fresh])}>{t("conditions.add")}</AddButton>
        </section>
      )}
    </div>
  );
}

function itemOf({ schema, root }: Pick<WidgetProps, "schema" | "root">) {
  const list = resolve(resolve(schema, root).properties?.conditions ?? {}, root);
  return resolve(list.items ?? {}, root);
}
