/** The cases of an if-else: each a way out with the conditions under which it is taken. */
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { caseIds, isObject, type JsonObject } from "@/graph";
import { IconButton, Segmented } from "@/kit";
import { useForm } from "../context";
import { removeAt, replaceAt } from "../paths";
import { AddButton } from "../Rows";
import type { WidgetProps } from "../widget";
import { ConditionRow } from "./ConditionRow";
import styles from "./Conditions.module.css";

const FRESH: JsonObject = { selector: [], operator: "contains", value: "" };

export function ConditionsWidget({ value, onChange, field }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { node } = useForm();
  const cases: JsonObject[] = Array.isArray(value) ? value.filter(isObject) : [];
  const add = () => onChange([...cases, { id: freshCaseId(caseIds(node.config)), logical: "and", conditions: [FRESH] }]);
  return (
    <div className={styles.cases}>
      {cases.map((entry, i) => (
        <Case
          key={String(entry.id)}
          entry={entry}
          first={i === 0}
          field={`${field}.${i}`}
          onChange={(next) => onChange(replaceAt(cases, i, next))}
          onRemove={cases.length > 1 ? () => onChange(removeAt(cases, i)) : undefined}
        />
      ))}
      <p className={styles.otherwise}><strong>{t("conditions.else")}</strong> {t("conditions.elseHint")}</p>
      <AddButton onAdd={add}>{t("conditions.addCase")}</AddButton>
    </div>
  );
}

interface CaseProps {
  entry: JsonObject;
  field: string;
  first: boolean;
  onChange: (entry: JsonObject) => void;
  onRemove: (() => void) | undefined;
}

function Case({ entry, field, first, onChange, onRemove }: CaseProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const conditions = Array.isArray(entry.conditions) ? entry.conditions.filter(isObject) : [];
  const set = (next: JsonObject[]) => onChange({ ...entry, conditions: next });
  return (
    <section className={styles.case}>
      <header className={styles.head}>
        <h5 className={styles.title}>{t(first ? "conditions.if" : "conditions.elif")}</h5>
        {conditions.length > 1 && (
          <Segmented
            size="sm"
            disabled={readOnly}
            label={t("conditions.logical")}
            value={entry.logical === "or" ? "or" : "and"}
            onChange={(logical) => onChange({ ...entry, logical })}
            options={[{ value: "and", label: t("conditions.all") }, { value: "or", label: t("conditions.any") }]}
          />
        )}
        <span className={styles.grow} />
        {onRemove && !readOnly && <IconButton size="sm" label={t("conditions.removeCase")} icon={<Trash2 />} onClick={onRemove} />}
      </header>
      {conditions.map((condition, i) => (
        <ConditionRow
          key={i}
          condition={condition}
          field={`${field}.conditions.${i}`}
          onChange={(next) => set(replaceAt(conditions, i, next))}
          onRemove={conditions.length > 1 ? () => set(removeAt(conditions, i)) : undefined}
        />
      ))}
      <AddButton onAdd={() => set([...conditions, FRESH])}>{t("conditions.add")}</AddButton>
    </section>
  );
}

function freshCaseId(taken: readonly string[]): string {
  if (!taken.includes("true")) return "true";
  for (let n = 2; ; n += 1) if (!taken.includes(`case_${n}`)) return `case_${n}`;
}
