/** The app's start variables as a form. Draws and reports; what is right or missing is decided in `model/inputs`. */
import { useTranslation } from "react-i18next";
import { Checkbox, Field, FileInput, Input, Select, Textarea } from "@/kit";
import { type SiteClient, type StartVariable } from "../model/client";
import { type Files, type InputFault, type InputValue, type InputValues } from "../model/inputs";
import styles from "./StartForm.module.css";
import { type ChangeInput } from "./useStartForm";

export interface StartFormProps {
  variables: readonly StartVariable[];
  values: InputValues;
  faults: Record<string, InputFault>;
  onChange: ChangeInput;
  disabled?: boolean;
  sendFile: SiteClient["sendFile"];
  /** How large a file may be, in bytes. */
  fileLimit: number;
}

export function StartForm({ variables, values, faults, onChange, disabled, sendFile, fileLimit }: StartFormProps) {
  const { t } = useTranslation("chat");
  return (
    <div className={styles.form}>
      {variables.map((variable) => {
        const { name, label, description, required, max_length: max } = variable;
        const fault = faults[name];
        const value = values[name] ?? "";
        if (typeof value === "boolean") {
          return <Checkbox key={name} checked={value} onChange={(on) => onChange(name, on)} disabled={disabled} label={label || name} hint={description} />;
        }
        return (
          <Field
            key={name}
            label={label || name}
            optional={required ? undefined : t("form.optional")}
            hint={description}
            error={fault && t(`form.fault.${fault}`, { max })}
          >
            {typeof value === "string" ? (
              <Control variable={variable} value={value} disabled={disabled} onChange={(value) => onChange(name, value)} />
            ) : (
              <FileInput
                files={value}
                multiple={variable.type === "file-list"}
                limit={fileLimit}
                send={sendFile}
                disabled={disabled}
                onChange={(how) => onChange(name, (now) => how(asFiles(now)))}
              />
            )}
          </Field>
        );
      })}
    </div>
  );
}

const asFiles = (value: InputValue): Files => (typeof value === "object" ? value : []);

interface ControlProps {
  variable: StartVariable;
  value: string;
  disabled: boolean | undefined;
  onChange: (value: string) => void;
}

function Control({ variable, value, disabled, onChange }: ControlProps) {
  const { t } = useTranslation("chat");
  const { type, required } = variable;
  const maxLength = variable.max_length ?? undefined;
  if (type === "select") {
    const options = (variable.options ?? []).map((option) => ({ value: option, label: option }));
    return <Select value={value || undefined} onChange={onChange} options={options} placeholder={t("form.choose")} disabled={disabled} />;
  }
  if (type === "paragraph" || type === "json") {
    return <Textarea value={value} mono={type === "json"} className={styles.area} maxLength={maxLength} disabled={disabled} required={Boolean(required)} onChange={(event) => onChange(event.target.value)} />;
  }
  return (
    <Input value={value} inputMode={type === "number" ? "decimal" : undefined} maxLength={maxLength} disabled={disabled} required={Boolean(required)} onChange={(event) => onChange(event.target.value)} />
  );
}
