/**
 * A form that a run waits for: its text with the fields where it puts them, its actions, its deadline; afterwards what
 * became of it. What is missing is said before anything is sent; what the server refuses stands at its field.
 */
import { CalendarClock } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Markdown } from "../chat/Markdown";
import { Button } from "../Button";
import { cx } from "../cx";
import { ErrorCard } from "../ErrorCard";
import { type FileInputProps } from "../FileInput";
import { useFormat } from "../format";
import { answerFaults, answersToSend, readRefusal, startAnswers, type Answer, type AskRefusal, type StoredRef } from "./answers";
import styles from "./AskForm.module.css";
import { AskField } from "./AskField";
import { AskOutcome } from "./AskOutcome";
import { partsOf } from "./parts";
import { type AskedAction, type AskedForm } from "./types";
import { useDeadline } from "./useDeadline";

export interface AskFormProps {
  form: AskedForm;
  /** Resolves when the server has taken the answer, rejects with its refusal. */
  onSubmit: (action: string, inputs: Record<string, unknown>) => Promise<unknown>;
  sendFile: FileInputProps<StoredRef>["send"];
  fileLimit: number | null;
  /** Why the reader may look but not answer. */
  readOnly?: string;
}

const LOOKS = { primary: "primary", accent: "secondary", default: "secondary", ghost: "ghost" } as const;
const CLEAN: AskRefusal = { fields: {}, status: null, rest: null };

export function AskForm({ form, onSubmit, sendFile, fileLimit, readOnly }: AskFormProps) {
  const { t } = useTranslation("kit");
  const box = useRef<HTMLFormElement>(null);
  const parts = useMemo(() => partsOf(form.content, form.fields), [form.content, form.fields]);
  const [answers, setAnswers] = useState(() => startAnswers(form));
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState<string | null>(null);
  const [sent, setSent] = useState<string | null>(null);
  const [refusal, setRefusal] = useState(CLEAN);
  const late = useDeadline(form.expires_at);
  const status = form.status !== "open" ? form.status : (refusal.status ?? (sent !== null ? "submitted" : late ? "expired" : "open"));
  if (status !== "open") return <AskOutcome form={form} parts={parts} status={status} actionId={form.action_id ?? sent} />;

  const faults = tried ? answerFaults(form.fields, answers) : {};
  const change = (name: string, how: (now: Answer) => Answer) => {
    setAnswers((now) => ({ ...now, [name]: how(now[name] ?? "") }));
    setRefusal(({ fields: { [name]: _gone, ...fields }, ...rest }) => ({ ...rest, fields }));
  };
  const errorOf = (name: string): string | undefined => {
    const fault = faults[name];
    if (fault) return t(`ask.fault.${fault}`, { max: form.fields.find((field) => field.name === name)?.max_length });
    const refused = refusal.fields[name];
    return refused && t(`ask.refused.${refused.code}`, { defaultValue: refused.message });
  };
  const answer = async ({ id }: AskedAction) => {
    setTried(true);
    if (Object.keys(answerFaults(form.fields, answers)).length > 0) return showFault(box.current);
    setSending(id);
    setRefusal(CLEAN);
    try {
      await onSubmit(id, answersToSend(form.fields, answers));
      setSent(id);
    } catch (error) {
      setRefusal(readRefusal(error, form.fields));
      showFault(box.current);
    } finally {
      setSending(null);
    }
  };

  return (
    <form ref={box} className={styles.form} aria-label={form.title} noValidate onSubmit={(event) => event.preventDefault()}>
      {parts.map((part, i) => part.type === "text"
        ? <Markdown key={i} text={part.text} />
        : <AskField key={part.field.name} field={part.field} value={answers[part.field.name] ?? ""} error={errorOf(part.field.name)} disabled={readOnly !== undefined || sending !== null} onChange={(how) => change(part.field.name, how)} sendFile={sendFile} fileLimit={fileLimit} />)}
      {refusal.rest !== null && <ErrorCard compact error={refusal.rest} title={t("ask.notSent")} />}
      <div className={styles.foot}>
        {readOnly === undefined
          ? (
            <div className={styles.actions}>
              {form.actions.map((action) => (
                <Button key={action.id} variant={LOOKS[action.style ?? "default"]} className={cx(action.style === "accent" && styles.accent)} loading={sending === action.id} disabled={sending !== null} onClick={() => void answer(action)}>{action.title || action.id}</Button>
              ))}
            </div>
          )
          : <p className={styles.note}>{readOnly}</p>}
        {form.expires_at !== null && <Deadline iso={form.expires_at} />}
      </div>
    </form>
  );
}

function Deadline({ iso }: { iso: string }) {
  const { t } = useTranslation("kit");
  const { dateTime, ago } = useFormat();
  return <p className={styles.deadline}><CalendarClock size={14} aria-hidden /><time dateTime={iso}>{t("ask.until", { time: dateTime(iso), left: ago(iso) })}</time></p>;
}

/** Puts the cursor into the first field that is not right, once it is drawn as such. */
function showFault(form: HTMLElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>("[aria-invalid=true], [data-invalid=true]")?.focus());
}
