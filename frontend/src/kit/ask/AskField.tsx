/** One field of a form that a run waits for. */
import { useTranslation } from "react-i18next";
import { Field } from "../Field";
import { FileInput, type FileInputProps } from "../FileInput";
import { Input } from "../Input";
import { Select } from "../Select";
import { Textarea } from "../Textarea";
import { type Answer, type StoredRef } from "./answers";
import styles from "./AskForm.module.css";
import { type AskedField } from "./types";

export interface AskFieldProps {
  field: AskedField;
  value: Answer;
  error: string | undefined;
  disabled: boolean;
  onChange: (how: (now: Answer) => Answer) => void;
  sendFile: FileInputProps<StoredRef>["send"];
  fileLimit: number | null;
}

export function AskField({ field, value, error, disabled, onChange, sendFile, fileLimit }: AskFieldProps) {
  const { t } = useTranslation("kit");
  return (
    <Field label={field.label || field.name} optional={field.required ? undefined : t("ask.optional")} error={error}>
      {typeof value === "string"
        ? <TextControl field={field} value={value} disabled={disabled} onChange={(text) => onChange(() => text)} />
        : <FileInput files={value} multiple={field.type === "file-list"} limit={fileLimit} send={sendFile} disabled={disabled} onChange={(how) => onChange((now) => how(typeof now === "string" ? [] : now))} />}
    </Field>
  );
}

function TextControl({ field, value, disabled, onChange }: { field: AskedField; value: string; disabled: boolean; onChange: (text: string) => void }) {
  const { t } = useTranslation("kit");
  const common = { value, disabled, required: Boolean(field.required), maxLength: field.max_length ?? undefined };
  if (field.type === "select") {
    return <Select value={value || undefined} onChange={onChange} options={(field.options ?? []).map((option) => ({ value: option, label: option }))} placeholder={t("choose")} disabled={disabled} />;
  }
  if (field.type === "paragraph") return <Textarea {...common} className={styles.area} onChange={(event) => onChange(event.target.value)} />;
  return <Input {...common} inputMode={field.type === "number" ? "decimal" : undefined} onChange={(event) => onChange(event.target.value)} />;
}
