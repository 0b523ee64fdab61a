/** The program of a code node, and Jinja2 templates. */
import { CodeEditor, type CodeLanguage } from "../code/CodeEditor";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";

export function CodeWidget({ value, onChange, field, label }: WidgetProps) {
  const { node, faults, readOnly } = useForm();
  const language: CodeLanguage = node.config.language === "javascript" ? "javascript" : "python";
  const invalid = faults.some((fault) => fault.field === field && fault.severity === "error");
  return <CodeEditor key={language} tall language={language} value={String(value ?? "")} label={label} readOnly={readOnly} invalid={invalid} onChange={onChange} />;
}

export function JinjaWidget({ value, onChange, label }: WidgetProps) {
  const { readOnly } = useForm();
  return <CodeEditor tall language="jinja" value={String(value ?? "")} label={label} readOnly={readOnly} placeholder="{% for item in items %}…{% endfor %}" onChange={onChange} />;
}
