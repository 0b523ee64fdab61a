/** Several lines of plain text. */
import { Textarea } from "@/kit";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";

export function TextareaWidget({ value, onChange }: WidgetProps) {
  const { readOnly } = useForm();
  return <Textarea rows={3} disabled={readOnly} value={value === null || value === undefined ? "" : String(value)} onChange={(event) => onChange(event.target.value)} />;
}
