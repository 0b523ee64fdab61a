/** Which tool is called. Those that come with Weft are offered; of others the name is written. */
import { useTranslation } from "react-i18next";
import { Combobox, Input } from "@/kit";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";
import { OWN_PROVIDER, OWN_TOOLS } from "./ownTools";

export function ToolWidget({ value, onChange, label }: WidgetProps) {
  const { t } = useTranslation("nodes");
  const { node, readOnly } = useForm();
  const tool = String(value ?? "");
  if (String(node.config.provider ?? OWN_PROVIDER) !== OWN_PROVIDER) {
    return <Input mono disabled={readOnly} value={tool} onChange={(event) => onChange(event.target.value)} />;
  }
  const options = Object.entries(OWN_TOOLS).map(([name, Icon]) => ({ value: name, label: t(`tools.${name}`), icon: <Icon size={14} /> }));
  return <Combobox label={label} disabled={readOnly} value={tool || null} onChange={onChange} options={options} />;
}
