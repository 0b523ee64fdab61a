/** Text with references. */
import { TemplateEditor } from "../template/TemplateEditor";
import type { WidgetProps } from "../widget";

/** Texts that are one line by what they are. */
const SINGLE = new Set(["url", "key", "value", "extract", "event", "until", "subject"]);

export function TemplateWidget({ value, onChange, field, label }: WidgetProps) {
  const text = typeof value === "string" ? value : value === null || value === undefined ? "" : String(value);
  const single = SINGLE.has(field.split(".").at(-1) ?? "");
  return <TemplateEditor value={text} onChange={onChange} label={label} single={single} rows={single ? 1 : 4} />;
}
