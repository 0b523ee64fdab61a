/** A value that is written down, taken from upstream, or a text with values in it. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Json } from "@/graph";
import { Input, Select, Textarea } from "@/kit";
import { useForm } from "../context";
import { TemplateEditor } from "../template/TemplateEditor";
import { SelectorField } from "./SelectorWidget";

export type ValueMode = "constant" | "variable" | "template";

export interface ValueByModeProps {
  mode: ValueMode;
  /** Of a constant: `string`, `number`, `boolean`, or anything that is JSON. */
  type?: string;
  value: Json | undefined;
  label: string;
  onChange: (value: Json) => void;
}

export function ValueByMode({ mode, type = "any", value, label, onChange }: ValueByModeProps) {
  const { t } = useTranslation("editor");
  if (mode === "variable") return <SelectorField value={Array.isArray(value) ? value.map(String) : []} label={label} onChange={onChange} />;
  if (mode === "template") return <TemplateEditor single value={typeof value === "string" ? value : ""} label={label} placeholder={t("form.value")} onChange={onChange} />;
  return <Constant type={type} value={value} label={label} onChange={onChange} />;
}

function Constant({ type, value, label, onChange }: { type: string; value: Json | undefined; label: string; onChange: (value: Json) => void }) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const isText = type === "string" || type === "secret" || (type === "any" && (value === undefined || value === null || typeof value === "string"));
  if (type === "boolean") {
    const options = [{ value: "true", label: t("conditions.true") }, { value: "false", label: t("conditions.false") }];
    return <Select size="sm" label={label} disabled={readOnly} value={value === true ? "true" : "false"} onChange={(next) => onChange(next === "true")} options={options} />;
  }
  if (type === "number") return <Input type="number" step="any" size="sm" disabled={readOnly} aria-label={label} value={typeof value === "number" ? value : ""} onChange={(event) => onChange(event.target.value === "" ? null : Number(event.target.value))} />;
  if (isText) return <Input size="sm" disabled={readOnly} aria-label={label} placeholder={t("form.value")} value={typeof value === "string" ? value : ""} onChange={(event) => onChange(event.target.value)} />;
  return <JsonText value={value} label={label} readOnly={readOnly} onChange={onChange} />;
}

/** JSON in a line or several; what is half typed stays here. */
function JsonText({ value, label, readOnly, onChange }: { value: Json | undefined; label: string; readOnly: boolean; onChange: (value: Json) => void }) {
  const [draft, setDraft] = useState<string | null>(null);
  const take = (text: string) => {
    setDraft(text);
    try {
      onChange(text.trim() === "" ? null : (JSON.parse(text) as Json));
    } catch {
      // Not JSON yet: the field shows it as wrong, and nothing is kept.
    }
  };
  const shown = draft ?? (value === null || value === undefined ? "" : JSON.stringify(value));
  return <Textarea mono rows={1} aria-label={label} disabled={readOnly} aria-invalid={!isJson(shown)} placeholder="[ ]" value={shown} onChange={(event) => take(event.target.value)} onBlur={() => isJson(draft ?? "") && setDraft(null)} />;
}

function isJson(text: string): boolean {
  try {
    return text.trim() === "" || JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
}
