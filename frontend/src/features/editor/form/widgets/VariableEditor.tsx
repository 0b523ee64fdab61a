/** One field of the start form: its name, its kind, its limits. */
import { useTranslation } from "react-i18next";
import type { JsonObject } from "@/graph";
import { Field, Input, Select, Switch, Textarea } from "@/kit";
import { useForm } from "../context";
import { NameInput } from "../NameInput";
import styles from "./Variables.module.css";

const TYPES = ["text", "paragraph", "select", "number", "checkbox", "file", "file-list", "json"] as const;
const WITH_LENGTH = new Set(["text", "paragraph"]);
const WITH_DEFAULT = new Set(["text", "paragraph", "number", "select"]);

export function VariableEditor({ variable, onChange }: { variable: JsonObject; onChange: (variable: JsonObject) => void }) {
  const { t } = useTranslation(["editor", "nodes"]);
  const { readOnly } = useForm();
  const type = String(variable.type ?? "text");
  const set = (patch: JsonObject) => onChange({ ...variable, ...patch });
  const options = Array.isArray(variable.options) ? variable.options.map(String) : [];
  const number = (value: string) => (value.trim() === "" || !Number.isFinite(Number(value)) ? null : Number(value));
  return (
    <div className={styles.editor}>
      <Field label={t("startForm.name")} hint={t("startForm.nameHint")}>
        <NameInput size="md" value={String(variable.name ?? "")} disabled={readOnly} onRename={(name) => name !== "" && set({ name })} />
      </Field>
      <Field label={t("startForm.label")}>
        <Input value={String(variable.label ?? "")} disabled={readOnly} placeholder={String(variable.name ?? "")} onChange={(event) => set({ label: event.target.value })} />
      </Field>
      <Field label={t("form.type")}>
        <Select value={type} disabled={readOnly} onChange={(next) => set({ type: next, default: null })} options={TYPES.map((value) => ({ value, label: t(`nodes:types.${value}`) }))} />
      </Field>
      {type === "select" && (
        <Field label={t("startForm.options")} hint={t("startForm.optionsHint")}>
          <Textarea rows={3} value={options.join("\n")} disabled={readOnly} onChange={(event) => set({ options: event.target.value.split("\n") })} onBlur={() => set({ options: options.map((option) => option.trim()).filter(Boolean) })} />
        </Field>
      )}
      {WITH_DEFAULT.has(type) && (
        <Field label={t("startForm.default")} optional={t("form.optional")}>
          <Input value={variable.default === null || variable.default === undefined ? "" : String(variable.default)} type={type === "number" ? "number" : "text"} disabled={readOnly} onChange={(event) => set({ default: type === "number" ? number(event.target.value) : event.target.value || null })} />
        </Field>
      )}
      {WITH_LENGTH.has(type) && (
        <Field label={t("startForm.maxLength")} optional={t("form.optional")}>
          <Input type="number" min={1} value={typeof variable.max_length === "number" ? variable.max_length : ""} disabled={readOnly} onChange={(event) => set({ max_length: number(event.target.value) })} />
        </Field>
      )}
      <label className={styles.switch}>
        <span>{t("startForm.isRequired")}</span>
        <Switch label={t("startForm.isRequired")} checked={variable.required === true} disabled={readOnly} onChange={(required) => set({ required })} />
      </label>
    </div>
  );
}
