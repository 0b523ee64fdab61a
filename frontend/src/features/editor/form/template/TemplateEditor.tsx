/** Text with values in it. Values show as chips; `{` or `/` offers those that are upstream. */
import { startCompletion } from "@codemirror/autocomplete";
import { EditorView } from "@codemirror/view";
import { Variable } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { findVariable } from "@/graph";
import { cx, IconButton } from "@/kit";
import { base } from "../code/theme";
import { useCodeMirror } from "../code/useCodeMirror";
import { useForm } from "../context";
import { chipNames, chips } from "./chips";
import { variableCompletion, type Offer } from "./completion";
import styles from "./TemplateEditor.module.css";

export interface TemplateEditorProps {
  value: string;
  onChange: (value: string) => void;
  label: string;
  placeholder?: string;
  /** One line that does not wrap, for addresses and keys. */
  single?: boolean;
  invalid?: boolean;
  words?: Offer["words"];
  rows?: number;
}

const NO_WORDS: Offer["words"] = [];
const oneLine = EditorView.theme({ ".cm-content": { padding: "6px 0" }, ".cm-line": { padding: "0 34px 0 10px" } });

export function TemplateEditor({ value, onChange, label, placeholder, single = false, invalid = false, words = NO_WORDS, rows = 1 }: TemplateEditorProps) {
  const { t } = useTranslation("editor");
  const { groups, nameOf, readOnly } = useForm();
  const offer = useRef<Offer>({ groups, words, titleOf: (group) => group.title });
  useEffect(() => {
    offer.current = { groups, words, titleOf: (group) => (group.kind === null ? t(`variables.${group.id}`) : group.title) };
  });
  const live = useMemo(
    () => chipNames.of({
      nameOf,
      isKnown: (selector) => words.some((word) => word.name === selector.join(".")) || (selector.length > 1 && findVariable(groups, selector) !== undefined),
    }),
    [nameOf, groups, words],
  );
  const { ref, view } = useCodeMirror({
    value,
    onChange: single ? (text) => onChange(text.replace(/\s*\n\s*/g, " ")) : onChange,
    label,
    placeholder: placeholder ?? t("form.templatePlaceholder"),
    readOnly,
    live,
    extensions: () => [base, single ? oneLine : [], chips, variableCompletion(() => offer.current)],
  });
  const offerNow = () => {
    if (!view) return;
    view.focus();
    startCompletion(view);
  };
  return (
    <div className={cx(styles.box, single && styles.single, invalid && styles.invalid)} style={{ "--rows": rows } as React.CSSProperties}>
      <div ref={ref} />
      {!readOnly && <IconButton size="sm" className={styles.insert} label={t("variables.insert")} shortcut="/" icon={<Variable />} onClick={offerNow} />}
    </div>
  );
}
