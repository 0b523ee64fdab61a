/** Text with references. */
import { TemplateEditor } from "../template/TemplateEditor";
import type { WidgetProps } from "../widget";

export function TemplateWidget({ value, onChange, field, label }: WidgetProps) {
  const text = typeof value === "string" ? value : value === null || value === undefined ? "" : String(value);
  const single = field === "url" || field.endsWith(".key") || field.endsWith(".value");
  return <TemplateEditor value={text} onChange={onChange} label={label} single={single} rows={single ? 1 : 4} />;
}
