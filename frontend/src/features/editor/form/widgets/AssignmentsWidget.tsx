/** What is written to which variable. The operations offered are those that the variable's type knows. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { findVariable, isObject, type JsonObject, type ScopeGroup } from "@/graph";
import { Segmented, Select } from "@/kit";
import { useEditorState } from "../../store/context";
import { selectDoc } from "../../store/selectors";
import { useForm } from "../context";
import { FieldFaults } from "../FieldFaults";
import { moveItem, removeAt, replaceAt } from "../paths";
import { AddButton, RowTools } from "../Rows";
import type { WidgetProps } from "../widget";
import styles from "./Items.module.css";
import { operationsFor, valueTypeFor } from "./operations";
import { SelectorField } from "./SelectorWidget";
import { ValueByMode } from "./ValueByMode";

export function AssignmentsWidget({ value, onChange, field }: WidgetProps) {
  const { t } = useTranslation("editor");
  const rows: JsonObject[] = Array.isArray(value) ? value.filter(isObject) : [];
  const targets = useTargets();
  return (
    <div className={styles.items}>
      {targets.length === 0 && <p className={styles.note}>{t("assign.noTargets")}</p>}
      {rows.map((row, i) => (
        <Assignment
          key={i}
          row={row}
          field={`${field}.${i}`}
          targets={targets}
          onChange={(next) => onChange(replaceAt(rows, i, next))}
          onUp={i > 0 ? () => onChange(moveItem(rows, i, i - 1)) : undefined}
          onRemove={() => onChange(removeAt(rows, i))}
        />
      ))}
      <AddButton onAdd={() => onChange([...rows, { target: [], operation: "over-write", source: "variable", value: [] }])}>{t("assign.add")}</AddButton>
    </div>
  );
}

/** What may be written: the conversation's variables, and those of the loops around. */
function useTargets(): readonly ScopeGroup[] {
  const { groups } = useForm();
  const doc = useEditorState(selectDoc);
  return useMemo(() => {
    const loops = new Set(doc.nodes.filter((node) => node.kind === "loop").map((node) => node.id));
    const inside = (group: ScopeGroup) => loops.has(group.id) && group.variables.some(({ name }) => name === "loop_round");
    return groups.filter((group) => group.id === "conversation" || inside(group)).map((group) => ({ ...group, variables: group.variables.filter(({ name }) => name !== "loop_round") }));
  }, [groups, doc]);
}

interface AssignmentProps {
  row: JsonObject;
  field: string;
  targets: readonly ScopeGroup[];
  onChange: (row: JsonObject) => void;
  onUp: (() => void) | undefined;
  onRemove: () => void;
}

function Assignment({ row, field, targets, onChange, onUp, onRemove }: AssignmentProps) {
  const { t } = useTranslation("editor");
  const { faults, readOnly } = useForm();
  const target = Array.isArray(row.target) ? row.target.map(String) : [];
  const type = findVariable(targets, target)?.type ?? "any";
  const operation = String(row.operation ?? "over-write");
  const offered = operationsFor(type);
  const operations = offered.includes(operation) ? offered : [operation, ...offered];
  const needs = valueTypeFor(operation, type);
  const source = row.source === "constant" ? "constant" : "variable";
  const aim = (next: string[]) => {
    const fitting = operationsFor(findVariable(targets, next)?.type ?? "any");
    onChange({ ...row, target: next, operation: fitting.includes(operation) ? operation : (fitting[0] ?? operation) });
  };
  return (
    <div className={styles.card} data-field={field}>
      <div className={styles.line}>
        <SelectorField value={target} groups={targets} label={t("assign.target")} onChange={aim} />
        <RowTools onUp={onUp} onRemove={onRemove} />
      </div>
      <div className={styles.line}>
        <Select size="sm" className={styles.operation} label={t("assign.operation")} disabled={readOnly} value={operation} onChange={(next) => onChange({ ...row, operation: next })} options={operations.map((one) => ({ value: one, label: t(`assign.op.${one}`, { defaultValue: one }) }))} />
        {needs && (
          <Segmented size="sm" disabled={readOnly} label={t("value.mode")} value={source} onChange={(next) => onChange({ ...row, source: next, value: next === "variable" ? [] : null })} options={[{ value: "variable", label: t("value.variable") }, { value: "constant", label: t("value.constant") }]} />
        )}
      </div>
      {needs && <ValueByMode mode={source} type={needs} value={row.value} label={t("form.value")} onChange={(next) => onChange({ ...row, value: next })} />}
      <FieldFaults quiet faults={faults.filter((fault) => fault.field?.startsWith(field))} />
    </div>
  );
}
