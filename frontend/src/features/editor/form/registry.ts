/** Which control edits what: by the schema's `x-widget` hint, else by the type of the value. */
import { isObject, resolve, type Json, type Schema } from "@/graph";
import type { WidgetSpec } from "./widget";
import { ActionsWidget } from "./widgets/ActionsWidget";
import { AppWidget } from "./widgets/AppWidget";
import { ArgumentsWidget } from "./widgets/ArgumentsWidget";
import { AssignmentsWidget } from "./widgets/AssignmentsWidget";
import { AuthWidget } from "./widgets/AuthWidget";
import { BodyWidget } from "./widgets/BodyWidget";
import { ClassesWidget } from "./widgets/ClassesWidget";
import { CodeWidget, JinjaWidget } from "./widgets/CodeWidget";
import { ConditionGroupWidget } from "./widgets/ConditionGroupWidget";
import { ConditionsWidget } from "./widgets/ConditionsWidget";
import { CronWidget } from "./widgets/CronWidget";
import { DatasetsWidget } from "./widgets/DatasetsWidget";
import { GroupWidget, OptionalGroupWidget } from "./widgets/GroupWidget";
import { InputsWidget } from "./widgets/InputsWidget";
import { ItemsWidget } from "./widgets/ItemsWidget";
import { JsonWidget } from "./widgets/JsonWidget";
import { KeyValuesWidget } from "./widgets/KeyValuesWidget";
import { ListWidget } from "./widgets/ListWidget";
import { LoopVariablesWidget } from "./widgets/LoopVariablesWidget";
import { ModelWidget } from "./widgets/ModelWidget";
import { NumberWidget } from "./widgets/NumberWidget";
import { OutputsWidget } from "./widgets/OutputsWidget";
import { PromptWidget } from "./widgets/PromptWidget";
import { SchemaEditorWidget } from "./widgets/SchemaEditorWidget";
import { SelectWidget } from "./widgets/SelectWidget";
import { SelectorsWidget } from "./widgets/SelectorsWidget";
import { SelectorWidget } from "./widgets/SelectorWidget";
import { SwitchWidget } from "./widgets/SwitchWidget";
import { TemplateWidget } from "./widgets/TemplateWidget";
import { TextWidget } from "./widgets/TextWidget";
import { TextareaWidget } from "./widgets/TextareaWidget";
import { TimezoneWidget } from "./widgets/TimezoneWidget";
import { ToolsWidget } from "./widgets/ToolsWidget";
import { ToolWidget } from "./widgets/ToolWidget";
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
  "json-schema": { Widget: SchemaEditorWidget },
  arguments: { Widget: ArgumentsWidget },
  classes: { Widget: ClassesWidget },
  parameters: { Widget: ItemsWidget },
  "form-fields": { Widget: ItemsWidget },
  "webhook-parameters": { Widget: ItemsWidget },
  delivery: { Widget: ItemsWidget },
  checks: { Widget: ItemsWidget },
  actions: { Widget: ActionsWidget },
  assignments: { Widget: AssignmentsWidget },
  "loop-variables": { Widget: LoopVariablesWidget },
  tools: { Widget: ToolsWidget },
  app: { Widget: AppWidget },
  cron: { Widget: CronWidget },
  timezone: { Widget: TimezoneWidget },
  textarea: { Widget: TextareaWidget },
  markdown: { Widget: TextareaWidget },
  tool: { Widget: ToolWidget },
};

export function widgetFor(schema: Schema, root: Schema, value?: Json): WidgetSpec {
  const plain = resolve(schema, root);
  const hinted = plain["x-widget"];
  if (hinted === "select" && !plain.enum && !plain["x-options"]) return { Widget: TypeWidget, layout: "inline" };
  if (hinted === "conditions" && plain.type !== "array") return { Widget: ConditionGroupWidget, layout: "bare" };
  const known = hinted === undefined ? undefined : WIDGETS[hinted];
  return known ?? byType(schema, plain, root, value);
}

function byType(schema: Schema, plain: Schema, root: Schema, value: Json | undefined): WidgetSpec {
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
      if (resolvesToText(plain)) return { Widget: ListWidget };
      return resolve(plain.items ?? {}, root).properties ? { Widget: ItemsWidget } : { Widget: JsonWidget };
    case "object":
      if (!plain.properties) return { Widget: JsonWidget };
      if (isConditionGroup(plain)) return { Widget: ConditionGroupWidget, layout: "bare" };
      return schema.anyOf ? { Widget: OptionalGroupWidget, layout: "bare" } : { Widget: GroupWidget };
    default:
      return isObject(value) || Array.isArray(value) ? { Widget: JsonWidget } : { Widget: TextWidget };
  }
}

function isConditionGroup({ properties }: Schema): boolean {
  return Object.keys(properties ?? {}).sort().join() === "conditions,logical";
}

function resolvesToText(schema: Schema): boolean {
  return schema.items?.type === "string";
}
