/** Programs, JSON and Jinja2 in a box. */
import { closeBrackets } from "@codemirror/autocomplete";
import { indentWithTab } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentUnit } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { keymap, lineNumbers } from "@codemirror/view";
import { cx } from "@/kit";
import { jinja } from "./jinja";
import styles from "./CodeEditor.module.css";
import { base, colours, mono } from "./theme";
import { useCodeMirror } from "./useCodeMirror";

export type CodeLanguage = "python" | "javascript" | "json" | "jinja" | "text";

const LANGUAGES: Record<CodeLanguage, () => Extension> = {
  python: () => [python(), indentUnit.of("    ")],
  javascript: () => javascript(),
  json: () => json(),
  jinja: () => jinja,
  text: () => [],
};

export interface CodeEditorProps {
  value: string;
  onChange: (value: string) => void;
  language: CodeLanguage;
  label: string;
  placeholder?: string;
  readOnly?: boolean;
  invalid?: boolean;
  tall?: boolean;
  extra?: Extension;
}

export function CodeEditor({ value, onChange, language, label, placeholder, readOnly = false, invalid = false, tall = false, extra = [] }: CodeEditorProps) {
  const { ref } = useCodeMirror({
    value,
    onChange,
    label,
    readOnly,
    ...(placeholder ? { placeholder } : {}),
    extensions: () => [
      mono,
      base,
      colours,
      LANGUAGES[language](),
      language === "json" || language === "text" ? [] : lineNumbers(),
      bracketMatching(),
      closeBrackets(),
      keymap.of([indentWithTab]),
      extra,
    ],
  });
  return <div ref={ref} className={cx(styles.box, tall && styles.tall, invalid && styles.invalid)} data-editor={language} />;
}
