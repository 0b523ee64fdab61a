/** One line of plain text. */
import { Input } from "@/kit";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";

export function TextWidget({ value, onChange, schema }: WidgetProps) {
  const { readOnly } = useForm();
  const shown = value === null || value === undefined ? "" : String(value);
  return <Input value={shown} disabled={readOnly} placeholder={schema.description} onChange={(event) => onChange(event.target.value)} />;
}
