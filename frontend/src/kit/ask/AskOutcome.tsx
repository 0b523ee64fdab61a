/** A form that is not open any more: its text, what was given where that is known, and what became of it. */
import { CircleCheck, CircleOff, TimerOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Markdown } from "../chat/Markdown";
import styles from "./AskForm.module.css";
import { type AskPart } from "./parts";
import { type AskedForm, type AskedStatus } from "./types";

const ICONS = { submitted: CircleCheck, expired: TimerOff, closed: CircleOff } as const;

export function AskOutcome({ form, parts, status, actionId }: { form: AskedForm; parts: readonly AskPart[]; status: Exclude<AskedStatus, "open">; actionId: string | null }) {
  const { t } = useTranslation("kit");
  const Icon = ICONS[status];
  const action = form.actions.find(({ id }) => id === actionId);
  const word = status === "submitted" && action ? t("ask.chosen", { action: action.title || action.id }) : t(`ask.status.${status}`);
  return (
    <section className={styles.form} aria-label={form.title}>
      {parts.map((part, i) => {
        if (part.type === "text") return <Markdown key={i} text={part.text} />;
        const given = shown(form.submitted?.[part.field.name]);
        return given === "" ? null : <p key={part.field.name} className={styles.given}><span>{part.field.label || part.field.name}</span>{given}</p>;
      })}
      <p className={styles.outcome} data-status={status} role="status"><Icon size={15} aria-hidden />{word}</p>
    </section>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(shown).filter(Boolean).join(", ");
  if (typeof value === "object") return "name" in value && typeof value.name === "string" ? value.name : JSON.stringify(value);
  return String(value);
}
