/** One field: its label, its control, what is wrong with it. */
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { faultsAt, isNullable, resolve, type Json, type Schema } from "@/graph";
import { cx, Field } from "@/kit";
import { useFaultText } from "../data/faultText";
import { useEditorState } from "../store/context";
import type { EditorState } from "../store/state";
import { useForm } from "./context";
import { FieldFaults } from "./FieldFaults";
import { PromptHints } from "./prompt/PromptHints";
import styles from "./SchemaForm.module.css";
import { useFieldText } from "./useFieldText";
import { widgetFor } from "./registry";

export interface FormFieldProps {
  name: string;
  field: string;
  schema: Schema;
  root: Schema;
  value: Json | undefined;
  onChange: (value: Json) => void;
}

const selectField = (state: EditorState) => state.field;

export function FormField({ name, field, schema, root, value, onChange }: FormFieldProps) {
  const { t } = useTranslation("editor");
  const form = useForm();
  const textOf = useFaultText();
  const { label, hint } = useFieldText(name, resolve(schema, root), field);
  const { Widget, layout = "stack" } = widgetFor(schema, root, value);
  const ref = useRevealed(field);
  const own = form.faults.filter((fault) => fault.field === field);
  const widget = <Widget value={value} onChange={onChange} schema={schema} root={root} field={field} label={label} />;
  const problem = own[0] ? textOf(own[0]) : undefined;
  if (layout === "bare") {
    return <div ref={ref} className={styles.field} data-field={field}>{widget}<FieldFaults faults={own} /></div>;
  }
  return (
    <div ref={ref} className={cx(styles.field, layout === "inline" && styles.inline)} data-field={field}>
      <Field
        label={label}
        hint={hint}
        error={problem}
        {...(isNullable(schema) ? { optional: t("form.optional") } : {})}
      >
        {widget}
      </Field>
      {layout === "stack" && <FieldFaults faults={faultsAt(form.faults, field).filter((fault) => fault.field !== field)} quiet />}
      {layout === "stack" && <PromptHints field={field} />}
    </div>
  );
}

/** Scrolls the field into view and flashes it when the list of problems points at it. */
function useRevealed(field: string): React.RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null);
  const asked = useEditorState(selectField);
  const mine = asked !== null && (asked === field || asked.startsWith(`${field}.`)) && !field.includes(".");
  useEffect(() => {
    const element = ref.current;
    if (!mine || !element) return;
    element.scrollIntoView({ block: "center", behavior: "smooth" });
    element.animate?.([{ background: "var(--bad-soft)" }, { background: "transparent" }], { duration: 1400 });
    element.querySelector<HTMLElement>("input, textarea, button, [contenteditable=true]")?.focus({ preventScroll: true });
  }, [mine, asked]);
  return ref;
}
