/** One of the schema's values, in the reader's words. */
import { useTranslation } from "react-i18next";
import { resolve } from "@/graph";
import { Select } from "@/kit";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";

export function SelectWidget({ value, onChange, schema, root, field }: WidgetProps) {
  const { t } = useTranslation("nodes");
  const { readOnly } = useForm();
  const name = field.split(".").at(-1) ?? field;
  const plain = resolve(schema, root);
  const options = (plain.enum ?? plain["x-options"] ?? []).map(String);
  return (
    <Select
      size="sm"
      disabled={readOnly}
      value={value === null || value === undefined ? undefined : String(value)}
      onChange={onChange}
      options={options.map((option) => ({ value: option, label: t(`options.${name}.${option}`, { defaultValue: option }) }))}
    />
  );
}
