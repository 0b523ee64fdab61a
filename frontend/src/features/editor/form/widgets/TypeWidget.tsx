/** The type of a value, for fields that name one. */
import { Select } from "@/kit";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";

export const VALUE_TYPES = ["any", "string", "number", "boolean", "object", "array[string]", "array[number]", "array[object]", "file", "array[file]"];

export function TypeWidget({ value, onChange, label }: WidgetProps) {
  const { readOnly } = useForm();
  const shown = typeof value === "string" ? value : "any";
  const types = VALUE_TYPES.includes(shown) ? VALUE_TYPES : [...VALUE_TYPES, shown];
  return <Select size="sm" label={label} disabled={readOnly} value={shown} onChange={onChange} options={types.map((type) => ({ value: type, label: type }))} />;
}
