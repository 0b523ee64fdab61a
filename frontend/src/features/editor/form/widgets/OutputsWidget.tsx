/** What a program returns: names and types. Renaming one takes its users along. */
import { useTranslation } from "react-i18next";
import { isObject, type JsonObject } from "@/graph";
import { Select } from "@/kit";
import { useForm } from "../context";
import { freshName, NameInput } from "../NameInput";
import { setIn } from "../paths";
import { AddButton, RowTools } from "../Rows";
import type { WidgetProps } from "../widget";
import styles from "./Widgets.module.css";

const TYPES = ["string", "number", "boolean", "object", "array[string]", "array[number]", "array[boolean]", "array[object]"];

export function OutputsWidget({ value, onChange, field }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { node, renameOutput, readOnly } = useForm();
  const outputs: JsonObject = isObject(value) ? value : {};
  const rename = (from: string, to: string) => {
    if (to === "" || to in outputs) return;
    const next = Object.fromEntries(Object.entries(outputs).map(([name, spec]) => [name === from ? to : name, spec]));
    renameOutput(from, to, setIn(node.config, field, next));
  };
  const remove = (name: string) => onChange(Object.fromEntries(Object.entries(outputs).filter(([other]) => other !== name)));
  return (
    <div className={styles.rows}>
      {Object.entries(outputs).map(([name, spec]) => (
        <div key={name} className={styles.row}>
          <NameInput className={styles.name} value={name} disabled={readOnly} aria-label={t("form.name")} onRename={(next) => rename(name, next)} />
          <Select
            className={styles.grow}
            label={t("form.type")}
            disabled={readOnly}
            value={isObject(spec) ? String(spec.type ?? "string") : "string"}
            onChange={(type) => onChange({ ...outputs, [name]: { type } })}
            options={TYPES.map((type) => ({ value: type, label: type }))}
          />
          <RowTools onRemove={() => remove(name)} />
        </div>
      ))}
      <AddButton onAdd={() => onChange({ ...outputs, [freshName(Object.keys(outputs), "result")]: { type: "string" } })}>{t("form.addOutput")}</AddButton>
    </div>
  );
}
