/** What a control of the form is: a value in, changes out. */
import type { ComponentType } from "react";
import type { Json, Schema } from "@/graph";

export interface WidgetProps {
  value: Json | undefined;
  onChange: (value: Json) => void;
  schema: Schema;
  /** The kind's whole schema, for references into its definitions. */
  root: Schema;
  /** Path in the config: `prompt.0.text`. */
  field: string;
  label: string;
}

export type Widget = ComponentType<WidgetProps>;

export interface WidgetSpec {
  Widget: Widget;
  /** `inline`: label and control share a line. `bare`: the control writes its own label. */
  layout?: "stack" | "inline" | "bare";
}
