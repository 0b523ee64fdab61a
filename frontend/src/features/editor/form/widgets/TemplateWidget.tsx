/** Text with references. */
import { useMemo } from "react";
import { metaOf } from "../../nodes";
import { useForm } from "../context";
import { TemplateEditor } from "../template/TemplateEditor";
import type { WidgetProps } from "../widget";

/** Texts that are one line by what they are. */
const SINGLE = new Set(["url", "key", "value", "extract", "event", "until", "subject"]);

export function TemplateWidget({ value, onChange, field, label }: WidgetProps) {
  const { node } = useForm();
  const words = useMemo(() => metaOf(node.kind).words?.(node.config, field) ?? [], [node.kind, node.config, field]);
  const text = typeof value === "string" ? value : value === null || value === undefined ? "" : String(value);
  const single = SINGLE.has(field.split(".").at(-1) ?? "");
  return <TemplateEditor value={text} onChange={onChange} label={label} single={single} words={words} rows={single ? 1 : 4} />;
}
