/** One variable of the app: name, type, first value. A secret shows itself only while one looks. */
import { Eye, EyeOff, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DeclaredVariable, Json } from "@/graph";
import { IconButton, Input, Select, Textarea } from "@/kit";
import { NameInput } from "../form/NameInput";
import styles from "./App.module.css";

const TYPES = ["string", "number", "boolean", "object", "array[string]", "array[number]", "array[boolean]", "array[object]"];
const BLANK: Readonly<Record<string, Json>> = { string: "", secret: "", number: 0, boolean: false, object: {} };

export interface VariableRowProps {
  variable: DeclaredVariable;
  secrets: boolean;
  readOnly: boolean;
  /** Names of the others. */
  taken: readonly string[];
  onChange: (variable: DeclaredVariable) => void;
  onRemove: () => void;
}

export function VariableRow({ variable, secrets, readOnly, taken, onChange, onRemove }: VariableRowProps) {
  const { t } = useTranslation("editor");
  const types = secrets ? ["string", "number", "secret"] : TYPES;
  const offered = types.includes(variable.type) ? types : [...types, variable.type];
  const rename = (name: string) => name !== "" && !taken.includes(name) && onChange({ ...variable, name });
  return (
    <div className={styles.variable}>
      <div className={styles.line}>
        <NameInput className={styles.name} value={variable.name} disabled={readOnly} aria-label={t("form.name")} onRename={rename} />
        <Select size="sm" className={styles.type} label={t("form.type")} disabled={readOnly} value={variable.type} onChange={(type) => onChange({ ...variable, type, value: BLANK[type] ?? [] })} options={offered.map((type) => ({ value: type, label: type === "secret" ? t("app.secret") : type }))} />
        {!readOnly && <IconButton size="sm" label={t("form.remove")} icon={<Trash2 />} onClick={onRemove} />}
      </div>
      <FirstValue variable={variable} readOnly={readOnly} onChange={(value) => onChange({ ...variable, value })} />
      <Input size="sm" disabled={readOnly} aria-label={`${t("app.description")}: ${variable.name}`} placeholder={t("app.description")} value={variable.description} onChange={(event) => onChange({ ...variable, description: event.target.value })} />
    </div>
  );
}

function FirstValue({ variable: { name, type, value }, readOnly, onChange }: { variable: DeclaredVariable; readOnly: boolean; onChange: (value: Json) => void }) {
  const { t } = useTranslation("editor");
  const label = `${t("form.value")}: ${name}`;
  const text = value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  if (type === "secret") return <Secret label={label} value={text} readOnly={readOnly} onChange={onChange} />;
  if (type === "boolean") {
    return <Select size="sm" label={label} disabled={readOnly} value={value === true ? "true" : "false"} onChange={(next) => onChange(next === "true")} options={[{ value: "true", label: t("conditions.true") }, { value: "false", label: t("conditions.false") }]} />;
  }
  if (type === "number") return <Input size="sm" type="number" step="any" aria-label={label} disabled={readOnly} value={text} onChange={(event) => onChange(event.target.value === "" ? null : Number(event.target.value))} />;
  if (type === "string") return <Textarea rows={1} aria-label={label} placeholder={t("form.value")} disabled={readOnly} value={text} onChange={(event) => onChange(event.target.value)} />;
  return <JsonValue label={label} text={text} readOnly={readOnly} onChange={onChange} />;
}

function Secret({ label, value, readOnly, onChange }: { label: string; value: string; readOnly: boolean; onChange: (value: Json) => void }) {
  const { t } = useTranslation("editor");
  const [shown, setShown] = useState(false);
  return (
    <Input
      size="sm"
      mono
      type={shown ? "text" : "password"}
      autoComplete="off"
      aria-label={label}
      placeholder={t("app.secretEmpty")}
      disabled={readOnly}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      trailing={readOnly ? null : <IconButton size="sm" label={t(shown ? "app.hide" : "app.reveal")} icon={shown ? <EyeOff /> : <Eye />} onClick={() => setShown(!shown)} />}
    />
  );
}

function JsonValue({ label, text, readOnly, onChange }: { label: string; text: string; readOnly: boolean; onChange: (value: Json) => void }) {
  const { t } = useTranslation("editor");
  const [draft, setDraft] = useState<string | null>(null);
  const wrong = draft !== null && parsed(draft) === undefined;
  const take = (next: string) => {
    setDraft(next);
    const value = parsed(next);
    if (value !== undefined) onChange(value);
  };
  return (
    <>
      <Textarea mono rows={1} aria-label={label} aria-invalid={wrong || undefined} disabled={readOnly} value={draft ?? text} onChange={(event) => take(event.target.value)} onBlur={() => !wrong && setDraft(null)} />
      {wrong && <p className={styles.wrong}>{t("form.notJson")}</p>}
    </>
  );
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
