/** Which tool is called. Choosing one lays out what it must be given. */
import { useTranslation } from "react-i18next";
import { isObject, type JsonObject } from "@/graph";
import { Combobox } from "@/kit";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";
import { toolIcon, useOwnTools, type OfferedTool } from "./ownTools";

const keyOf = (provider: unknown, tool: unknown) => `${String(provider ?? "")}/${String(tool ?? "")}`;

export function ToolWidget({ value, field, label }: WidgetProps) {
  const { t } = useTranslation("nodes");
  const { node, configure, readOnly } = useForm();
  const tools = useOwnTools();
  const tool = typeof value === "string" ? value : "";
  const chosen = tool === "" ? null : keyOf(node.config.provider, tool);
  const options = tools.map((one) => ({ value: keyOf(one.provider, one.tool), label: one.label, keywords: [one.tool], icon: <one.Icon size={14} /> }));
  const Icon = toolIcon(node.config.provider, tool);
  // One that came with a file, or goes by the name of another provider.
  const other = chosen && !options.some((option) => option.value === chosen) ? [{ value: chosen, label: t(`tools.${tool}`, { defaultValue: tool }), icon: <Icon size={14} /> }] : [];
  const choose = (key: string) => {
    const next = tools.find((one) => keyOf(one.provider, one.tool) === key);
    if (next && key !== chosen) configure({ ...node.config, provider: next.provider, tool: next.tool, settings: {}, arguments: layOut(next, node.config) }, field);
  };
  return <Combobox label={label} disabled={readOnly} value={chosen} onChange={choose} options={[...options, ...other]} />;
}

/** Rows for what the tool needs; those of the same name stay. */
function layOut(tool: OfferedTool, config: JsonObject): JsonObject[] {
  const before = new Map((Array.isArray(config.arguments) ? config.arguments.filter(isObject) : []).map((row): [string, JsonObject] => [String(row.name), row]));
  return (tool.parameters.required ?? []).map((name) => before.get(name) ?? { name, mode: "variable", value: [] });
}
