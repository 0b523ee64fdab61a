/** What a workflow run gave: its steps while it runs, what it says meanwhile, then one field an output. */
import { Hourglass } from "lucide-react";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton, ErrorCard, useFormat } from "@/kit";
import { describeStep, isOpen, isSpokenKind, Markdown, Steps, type Step } from "@/kit/chat";
import { type RawStep, type Turn } from "../model/turn";
import styles from "./Result.module.css";
import { type DrawForm } from "./useDrawForm";

export function Result({ turn, drawForm }: { turn: Turn; drawForm: DrawForm }) {
  const { t } = useTranslation("chat");
  const { duration } = useFormat();
  const running = isOpen(turn);
  const word = (step: RawStep): Step => ({ ...step, label: step.title || describeStep(t, step.kind, step.status === "running", step.facts) });
  const steps = turn.steps.filter((step) => isSpokenKind(step.kind)).map(word);
  const asks = turn.forms.some((form) => form.status === "open");
  const outputs = Object.entries(turn.outputs ?? {});
  return (
    <section className={styles.result} aria-live="polite" aria-busy={running}>
      <header className={styles.head}>
        <h2>{t("workflow.result")}</h2>
        {turn.elapsedMs !== undefined && <span className={styles.time}>{duration(turn.elapsedMs)}</span>}
      </header>
      {steps.length > 0 ? <Steps steps={steps} running={running} /> : running && <p className={styles.note}>{t("workflow.running")}</p>}
      {turn.forms.map((form) => <Fragment key={form.key}>{drawForm(form)}</Fragment>)}
      {turn.status === "paused" && !asks && <p className={styles.paused}><Hourglass size={14} aria-hidden /> {t("message.paused")}</p>}
      {turn.reconnecting && <p className={styles.note}>{t("message.reconnecting")}</p>}
      {turn.status === "failed" && turn.error && <ErrorCard error={turn.error} title={t("workflow.failed")} />}
      {turn.status === "stopped" && <p className={styles.note}>{t("message.stopped")}</p>}
      {running && turn.answer !== "" && <article className={styles.output}><Markdown text={turn.answer} streaming /></article>}
      {outputs.map(([name, value]) => (
        <Output key={name} name={name} value={value} />
      ))}
      {turn.status === "done" && outputs.length === 0 && <p className={styles.note}>{t("workflow.noOutputs")}</p>}
    </section>
  );
}

function Output({ name, value }: { name: string; value: unknown }) {
  const isText = typeof value === "string";
  const text = isText ? value : JSON.stringify(value, null, 2);
  return (
    <article className={styles.output}>
      <header className={styles.outputHead}>
        <h3>{name}</h3>
        <CopyButton size="sm" variant="ghost" text={text} />
      </header>
      {isText ? <Markdown text={text} /> : <pre tabIndex={0}>{text}</pre>}
    </article>
  );
}
