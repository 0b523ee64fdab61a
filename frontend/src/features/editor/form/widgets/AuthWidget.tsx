/** How a request proves who sends it. */
import { useTranslation } from "react-i18next";
import { isObject, type JsonObject } from "@/graph";
import { Input, Select } from "@/kit";
import { useForm } from "../context";
import { TemplateEditor } from "../template/TemplateEditor";
import type { WidgetProps } from "../widget";
import styles from "./Widgets.module.css";

const TYPES = ["none", "bearer", "basic", "custom"] as const;

export function AuthWidget({ value, onChange, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const auth: JsonObject = isObject(value) ? value : { type: "none", header: "Authorization", value: "" };
  const type = String(auth.type ?? "none");
  return (
    <div className={styles.rows}>
      <Select size="md" label={label} disabled={readOnly} value={type} onChange={(next) => onChange({ ...auth, type: next })} options={TYPES.map((option) => ({ value: option, label: t(`auth.${option}`) }))} />
      {type === "custom" && <Input size="md" mono disabled={readOnly} aria-label={t("auth.header")} placeholder="X-Api-Key" value={String(auth.header ?? "")} onChange={(event) => onChange({ ...auth, header: event.target.value })} />}
      {type !== "none" && <TemplateEditor single value={String(auth.value ?? "")} label={t("auth.value")} placeholder={t(`auth.${type}Placeholder`)} onChange={(text) => onChange({ ...auth, value: text })} />}
    </div>
  );
}
