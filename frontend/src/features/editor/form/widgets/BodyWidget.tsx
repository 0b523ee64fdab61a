/** What a request sends. */
import { useTranslation } from "react-i18next";
import { isObject, type JsonObject } from "@/graph";
import { Select } from "@/kit";
import { useForm } from "../context";
import { TemplateEditor } from "../template/TemplateEditor";
import type { WidgetProps } from "../widget";
import { FormDataRows } from "./FormDataRows";
import { KeyValuesWidget } from "./KeyValuesWidget";
import { SelectorField } from "./SelectorWidget";
import styles from "./Widgets.module.css";

const TYPES = ["none", "json", "raw-text", "form-data", "x-www-form-urlencoded", "binary"] as const;

export function BodyWidget(props: WidgetProps) {
  const { value, onChange, label, field } = props;
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const body: JsonObject = isObject(value) ? value : { type: "none", text: "", fields: [] };
  const type = String(body.type ?? "none");
  return (
    <div className={styles.rows}>
      <Select label={label} disabled={readOnly} value={type} onChange={(next) => onChange({ ...body, type: next })} options={TYPES.map((option) => ({ value: option, label: t(`body.${option}`) }))} />
      {(type === "json" || type === "raw-text") && (
        <TemplateEditor value={String(body.text ?? "")} rows={4} label={label} placeholder={type === "json" ? '{ "text": "…" }' : ""} onChange={(text) => onChange({ ...body, text })} />
      )}
      {type === "binary" && <SelectorField value={Array.isArray(body.file) ? body.file.map(String) : []} label={t("body.file")} onChange={(file) => onChange({ ...body, file })} />}
      {type === "form-data" && <FormDataRows value={body.fields} label={label} onChange={(fields) => onChange({ ...body, fields })} />}
      {type === "x-www-form-urlencoded" && <KeyValuesWidget {...props} field={`${field}.fields`} value={body.fields} onChange={(fields) => onChange({ ...body, fields })} />}
    </div>
  );
}
