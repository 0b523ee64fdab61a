/** One question of the start form. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Field, Input, Select, Switch, Textarea } from "@/kit";
import { FilesInput } from "./FilesInput";
import styles from "./RunPanel.module.css";
import type { StartVariable } from "./startVariables";

export interface InputFieldProps {
  variable: StartVariable;
  value: unknown;
  onChange: (value: unknown) => void;
  missing: boolean;
}

export function InputField({ variable, value, onChange, missing }: InputFieldProps) {
  const { t } = useTranslation("editor");
  if (variable.type === "checkbox") {
    return (
      <label className={styles.check}>
        <span>{variable.label}</span>
        <Switch label={variable.label} checked={value === true} onChange={onChange} />
      </label>
    );
  }
  return (
    <Field
      label={variable.label}
      hint={variable.description}
      error={missing ? t("run.needed") : undefined}
      {...(variable.required ? {} : { optional: t("form.optional") })}
    >
      <Control variable={variable} value={value} onChange={onChange} />
    </Field>
  );
}

function Control({ variable, value, onChange }: Omit<InputFieldProps, "missing">) {
  const shown = value === undefined || value === null ? "" : String(value);
  const limit = variable.maxLength === null ? {} : { maxLength: variable.maxLength };
  switch (variable.type) {
    case "paragraph":
      return <Textarea rows={4} value={shown} {...limit} onChange={(event) => onChange(event.target.value)} />;
    case "number":
      return <Input type="number" step="any" value={shown} onChange={(event) => onChange(event.target.value === "" ? undefined : Number(event.target.value))} />;
    case "select":
      return <Select value={shown || undefined} onChange={onChange} options={variable.options.map((option) => ({ value: option, label: option }))} />;
    case "file":
    case "file-list":
      return <FilesInput multiple={variable.type === "file-list"} value={value} onChange={onChange} />;
    case "json":
      return <JsonInput value={value} onChange={onChange} />;
    default:
      return <Input value={shown} {...limit} onChange={(event) => onChange(event.target.value)} />;
  }
}

/** Keeps what is half typed; passes on what is JSON. */
function JsonInput({ value, onChange }: { value: unknown; onChange: (value: unknown) => void }) {
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const take = (next: string) => {
    setText(next);
    try {
      onChange(next.trim() === "" ? undefined : JSON.parse(next));
    } catch {
      onChange(undefined);
    }
  };
  return <Textarea mono rows={4} value={text} placeholder="{ }" onChange={(event) => take(event.target.value)} />;
}
