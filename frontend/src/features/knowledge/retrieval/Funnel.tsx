/** How a search came to its passages: what each leg brought, how they were merged, and where passages were left behind. */
import { useTranslation } from "react-i18next";
import { type Funnel as FunnelData, type FunnelStep } from "@/api";
import { ErrorCard, useFormat } from "@/kit";
import styles from "./Funnel.module.css";
import { sentencesOf } from "./steps";

const LEGS = new Set(["vector", "lexical", "external"]);

export function Funnel({ funnel, used }: { funnel: FunnelData; used: number }) {
  const { t } = useTranslation("retrieval");
  const format = useFormat();
  const most = Math.max(1, ...funnel.steps.map((step) => step.out));
  const first = funnel.steps.findIndex((step) => LEGS.has(step.name));
  const before = first < 0 ? [] : funnel.steps.slice(0, first);
  const legs = funnel.steps.filter((step) => LEGS.has(step.name));
  const after = funnel.steps.filter((step, index) => !LEGS.has(step.name) && (first < 0 || index > first) && isTold(step));
  return (
    <section className={styles.funnel} aria-label={t("funnel.title")}>
      {funnel.notes.map((note) => (
        <ErrorCard key={note.code + note.message} compact title={t("funnel.note")} error={note} />
      ))}
      <ol className={styles.steps}>
        {before.map((step) => (
          <Step key={step.name} step={step} most={most} />
        ))}
        {legs.length > 0 && (
          <li className={styles.legs}>
            <ol aria-label={t("funnel.legs")}>
              {legs.map((step, index) => (
                <Step key={`${step.name} ${index}`} step={step} most={most} />
              ))}
            </ol>
          </li>
        )}
        {after.map((step) => (
          <Step key={step.name} step={step} most={most} />
        ))}
        <li className={styles.end}>
          <b>{t("funnel.used", { count: used })}</b>
          <span>{t("funnel.time", { time: format.duration(funnel.ms) })}</span>
        </li>
      </ol>
    </section>
  );
}

/** Steps that only passed on what came in are not worth a line, but for the merging of the legs. */
const isTold = (step: FunnelStep): boolean => step.name === "fusion" || step.name === "rerank" || step.name === "diversity" || step.in !== step.out;

function Step({ step, most }: { step: FunnelStep; most: number }) {
  const { t } = useTranslation("retrieval");
  const format = useFormat();
  const lost = step.in === null ? 0 : step.in - step.out;
  const unit = step.name === "filter" ? "documents" : step.name === "questions" ? "wordings" : "passages";
  return (
    <li className={styles.step} data-step={step.name}>
      <span className={styles.name}>{t(`funnel.step.${step.name}`, { defaultValue: step.name })}</span>
      <span className={styles.track} aria-hidden>
        <i className={styles.bar} style={{ width: `${Math.max(2, (step.out / most) * 100)}%` }} />
      </span>
      <span className={styles.count}>
        {t(`funnel.${unit}`, { count: step.out, n: format.number(step.out) })}
        {lost > 0 && <em>{t("funnel.lost", { count: lost, n: format.number(lost) })}</em>}
      </span>
      <span className={styles.details}>{[...sentencesOf(step, t, format.percent), step.ms >= 1 && format.duration(step.ms)].filter(Boolean).join(" · ")}</span>
    </li>
  );
}
