/** Which control edits what: by the schema's `x-widget` hint, else by the type of the value. */
import { isObject, resolve, type Json, type Schema } from "@/graph";
import type { WidgetSpec } from "./widget";
import { AuthWidget } from "./widgets/AuthWidget";
import { BodyWidget } from "./widgets/BodyWidget";
import { CodeWidget, JinjaWidget } from "./widgets/CodeWidget";
import { ConditionsWidget } from "./widgets/ConditionsWidget";
import { DatasetsWidget } from "./widgets/DatasetsWidget";
import { GroupWidget, OptionalGroupWidget } from "./widgets/GroupWidget";
import { InputsWidget } from "./widgets/InputsWidget";
import { JsonWidget } from "./widgets/JsonWidget";
import { KeyValuesWidget } from "./widgets/KeyValuesWidget";
import { ListWidget } from "./widgets/ListWidget";
import { ModelWidget } from "./widgets/ModelWidget";
import { NumberWidget } from "./widgets/NumberWidget";
import { OutputsWidget } from "./widgets/OutputsWidget";
import { PromptWidget } from "./widgets/PromptWidget";
import { SelectWidget } from "./widgets/SelectWidget";
import { SelectorsWidget } from "./widgets/SelectorsWidget";
import { SelectorWidget } from "./widgets/SelectorWidget";
import { SwitchWidget } from "./widgets/SwitchWidget";
import { TemplateWidget } from "./widgets/TemplateWidget";
import { TextWidget } from "./widgets/TextWidget";
import { TypeWidget } from "./widgets/TypeWidget";
import { VariablesWidget } from "./widgets/VariablesWidget";

const WIDGETS: Readonly<Record<string, WidgetSpec>> = {
  template: { Widget: TemplateWidget },
  selector: { Widget: SelectorWidget },
  selectors: { Widget: SelectorsWidget },
  inputs: { Widget: InputsWidget },
  model: { Widget: ModelWidget },
  prompt: { Widget: PromptWidget, layout: "bare" },
  datasets: { Widget: DatasetsWidget },
  conditions: { Widget: ConditionsWidget, layout: "bare" },
  code: { Widget: CodeWidget },
  jinja: { Widget: JinjaWidget },
  "key-values": { Widget: KeyValuesWidget },
  auth: { Widget: AuthWidget },
  body: { Widget: BodyWidget },
  variables: { Widget: VariablesWidget, layout: "bare" },
  outputs: { Widget: OutputsWidget },
  number: { Widget: NumberWidget, layout: "inline" },
  select: { Widget: SelectWidget, layout: "inline" },
  switch: { Widget: SwitchWidget, layout: "inline" },
  "json-schema": { Widget: JsonWidget },
};

export function widgetFor(schema: Schema, root: Schema, value?: Json): WidgetSpec {
  const plain = resolve(schema, root);
  const hinted = plain["x-widget"];
  if (hinted === "select" && !plain.enum) return { Widget: TypeWidget, layout: "inline" };
  const known = hinted === undefined ? undefined : WIDGETS[hinted];
  return known ?? byType(schema, plain, value);
}

function byType(schema: Schema, plain: Schema, value: Json | undefined): WidgetSpec {
  if (plain.enum) return { Widget: SelectWidget, layout: "inline" };
  switch (plain.type) {
    case "boolean":
      return { Widget: SwitchWidget, layout: "inline" };
    case "integer":
    case "number":
      return { Widget: NumberWidget, layout: "inline" };
    case "string":
      return { Widget: TextWidget };
    case "array":
      return resolvesToText(plain) ? { Widget: ListWidget } : { Widget: JsonWidget };
    case "object":
      if (!plain.properties) return { Widget: JsonWidget };
      return schema.anyOf ? { Widget: OptionalGroupWidget, layout: "bare" } : { Widget: GroupWidget };
    default:
      return isObject(value) || Array.isArray(value) ? { Widget: JsonWidget } : { Widget: TextWidget };
  }
}

function resolvesToText(schema: Schema): boolean {
  return schema.items?.type === "string";
}
