/** A form that is not open any more, in a line: what became of it. Unfolds to its text and what was given, where that is known. */
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
    <details className={styles.closed} aria-label={form.title}>
      <summary className={styles.outcome} data-status={status} role="status"><Icon size={15} aria-hidden /><span>{form.title}</span><b>{word}</b></summary>
      <div className={styles.inside}>
        {parts.map((part, i) => {
          if (part.type === "text") return <Markdown key={i} text={part.text} />;
          const given = shown(form.submitted?.[part.field.name]);
          return given === "" ? null : <p key={part.field.name} className={styles.given}><span>{part.field.label || part.field.name}</span>{given}</p>;
        })}
      </div>
    </details>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(shown).filter(Boolean).join(", ");
  if (typeof value === "object") return "name" in value && typeof value.name === "string" ? value.name : JSON.stringify(value);
  return String(value);
}
