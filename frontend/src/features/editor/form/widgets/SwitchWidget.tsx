/** On or off. */
import { Switch } from "@/kit";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";

export function SwitchWidget({ value, onChange }: WidgetProps) {
  const { readOnly } = useForm();
  return <Switch checked={value === true} onChange={onChange} disabled={readOnly} />;
}
