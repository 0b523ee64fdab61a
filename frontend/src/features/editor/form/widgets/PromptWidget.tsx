/** The messages a model is given, in order, each with its role. */
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isObject, type JsonObject } from "@/graph";
import { IconButton, Menu, Select, useFormat } from "@/kit";
import { MoreHorizontal } from "lucide-react";
import { CodeEditor } from "../code/CodeEditor";
import { useForm } from "../context";
import { FieldFaults } from "../FieldFaults";
import { moveItem, removeAt, replaceAt } from "../paths";
import { PromptHints } from "../prompt/PromptHints";
import { AddButton } from "../Rows";
import { TemplateEditor } from "../template/TemplateEditor";
import type { WidgetProps } from "../widget";
import styles from "./Prompt.module.css";

const ROLES = ["system", "user", "assistant"] as const;
const CONTEXT = [{ name: "context", type: "passages" }] as const;

export function PromptWidget({ value, onChange, field, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const messages: JsonObject[] = Array.isArray(value) ? value.filter(isObject) : [];
  const next = messages.length === 0 ? "system" : "user";
  return (
    <section className={styles.prompt} aria-label={label}>
      {messages.map((message, i) => (
        <Message
          key={i}
          message={message}
          field={`${field}.${i}`}
          onChange={(changed) => onChange(replaceAt(messages, i, changed))}
          onRemove={() => onChange(removeAt(messages, i))}
          onMove={(by) => onChange(moveItem(messages, i, i + by))}
          first={i === 0}
          last={i === messages.length - 1}
        />
      ))}
      <AddButton onAdd={() => onChange([...messages, { role: next, text: "", syntax: "basic" }])}>{t("prompt.add")}</AddButton>
    </section>
  );
}

interface MessageProps {
  message: JsonObject;
  field: string;
  onChange: (message: JsonObject) => void;
  onRemove: () => void;
  onMove: (by: number) => void;
  first: boolean;
  last: boolean;
}

function Message({ message, field, onChange, onRemove, onMove, first, last }: MessageProps) {
  const { t } = useTranslation("editor");
  const { faults, node, readOnly } = useForm();
  const role = String(message.role ?? "user");
  const text = String(message.text ?? "");
  const jinja = message.syntax === "jinja2";
  const own = faults.filter((fault) => fault.field === `${field}.text` || fault.field === field);
  const words = Array.isArray(node.config.context) ? CONTEXT : [];
  const tokens = useTokens(`${field}.text`);
  const entries = [
    { label: t("form.moveUp"), disabled: first, onSelect: () => onMove(-1) },
    { label: t("form.moveDown"), disabled: last, onSelect: () => onMove(1) },
    { kind: "separator" as const },
    { label: t("prompt.jinja"), checked: jinja, onSelect: () => onChange({ ...message, syntax: jinja ? "basic" : "jinja2" }) },
  ];
  return (
    <div className={styles.message} data-field={`${field}.text`}>
      <header className={styles.head}>
        <Select size="sm" className={styles.role} label={t("prompt.role")} disabled={readOnly} value={role} onChange={(next) => onChange({ ...message, role: next })} options={ROLES.map((value) => ({ value, label: t(`prompt.${value}`) }))} />
        <span className={styles.aside}>{[jinja && "Jinja2", tokens].filter(Boolean).join(" · ")}</span>
        {!readOnly && (
          <>
            <Menu trigger={<IconButton size="sm" label={t("form.options")} icon={<MoreHorizontal />} />} entries={entries} />
            <IconButton size="sm" label={t("form.remove")} icon={<Trash2 />} onClick={onRemove} />
          </>
        )}
      </header>
      {jinja ? (
        <CodeEditor language="jinja" value={text} label={t(`prompt.${role}`)} readOnly={readOnly} onChange={(next) => onChange({ ...message, text: next })} />
      ) : (
        <TemplateEditor value={text} label={t(`prompt.${role}`)} words={words} rows={role === "system" ? 3 : 2} invalid={own.length > 0} placeholder={t(`prompt.${role}Placeholder`)} onChange={(next) => onChange({ ...message, text: next })} />
      )}
      <FieldFaults faults={own} />
      <PromptHints field={`${field}.text`} />
    </div>
  );
}

/** How long the fixed text of a message is, and how much of it is reused from run to run. */
function useTokens(field: string): string {
  const { t } = useTranslation("editor");
  const format = useFormat();
  const { fixed = 0, reused = 0 } = useForm().review?.fields.get(field) ?? {};
  if (fixed === 0) return "";
  const count = fixed;
  const numbers = { count, tokens: format.number(fixed), reused: format.number(reused) };
  if (reused === fixed) return t("prompt.allReused", numbers);
  return reused === 0 ? t("prompt.tokens", numbers) : t("prompt.partReused", numbers);
}
