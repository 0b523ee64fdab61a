/** What the app did before it answered: one folded line, unfolding to every step with its time. */
import { Check, ChevronRight, CircleAlert, CircleDashed, LoaderCircle } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../format";
import styles from "./Steps.module.css";
import { type Step, type StepStatus } from "./types";

export function Steps({ steps, running }: { steps: readonly Step[]; running: boolean }) {
  const { t } = useTranslation("chat");
  const { duration } = useFormat();
  const [open, setOpen] = useState(false);
  const listId = useId();
  const head = headline(steps, running);
  if (!head) return null;
  const time = (ms: number | undefined) => (ms === undefined ? null : duration(ms));
  return (
    <div className={styles.steps}>
      <button type="button" className={styles.head} aria-expanded={open} aria-controls={listId} onClick={() => setOpen(!open)}>
        <StepIcon status={running ? "running" : head.status} />
        <span className={styles.label} data-live={running || undefined}>
          {head.label}
        </span>
        {!running && head.elapsedMs !== undefined && <span className={styles.time}>· {time(head.elapsedMs)}</span>}
        <ChevronRight size={14} className={styles.arrow} aria-hidden />
      </button>
      <ol id={listId} className={styles.list} hidden={!open} aria-label={t("steps.label")}>
        {steps.map((step) => (
          <li key={step.id} data-status={step.status}>
            <StepIcon status={step.status} />
            <span>{step.label}</span>
            <span className={styles.time}>{time(step.elapsedMs)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** While running the newest step under way; afterwards the one that tells most. */
function headline(steps: readonly Step[], running: boolean): Step | undefined {
  if (running) return steps.findLast((s) => s.status === "running") ?? steps.at(-1);
  return (
    steps.findLast((s) => s.status === "failed") ??
    steps.findLast((s) => s.notable && s.status === "done") ??
    steps.findLast((s) => s.status === "done")
  );
}

const ICONS = { running: LoaderCircle, done: Check, failed: CircleAlert, skipped: CircleDashed } as const;

function StepIcon({ status }: { status: StepStatus }) {
  const Icon = ICONS[status];
  return <Icon size={14} className={styles.icon} data-status={status} aria-hidden />;
}
