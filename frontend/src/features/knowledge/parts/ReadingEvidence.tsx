/** What the embedding model was seen to understand of each script, and the trials that show it. */
import { Check, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Reading, type Script } from "@/api";
import { useFormat } from "@/kit";
import styles from "./ReadingEvidence.module.css";

const SCRIPTS: readonly { script: Script; language: "en" | "zh" }[] = [
  { script: "latin", language: "en" },
  { script: "cjk", language: "zh" },
];

export function ReadingEvidence({ reading }: { reading: Reading | null }) {
  const { t } = useTranslation("retrieval");
  const format = useFormat();
  if (!reading) return <p className={styles.note}>{t("reading.notTried")}</p>;
  return (
    <div className={styles.evidence}>
      <ul className={styles.scripts}>
        {SCRIPTS.map(({ script, language }) => {
          const { right, of } = reading.languages[language];
          const weight = reading.weights[script];
          return (
            <li key={script} className={styles.script}>
              <span className={styles.name}>{t(`reading.script.${script}`)}</span>
              <span className={styles.dots} role="img" aria-label={t("reading.score", { right, of })}>
                {Array.from({ length: of }, (_, index) => (
                  <i key={index} data-right={index < right || undefined} />
                ))}
              </span>
              <span className={styles.weight} data-none={weight === 0 || undefined}>
                {weight === 0 ? t("reading.lexicalOnly") : t("reading.weight", { percent: format.percent(weight) })}
              </span>
            </li>
          );
        })}
      </ul>
      <p className={styles.note}>{t("reading.tried", { model: reading.model, when: format.ago(reading.at) })}</p>
      <details className={styles.trials}>
        <summary>{t("reading.show")}</summary>
        <ol>
          {reading.trials.map((trial) => (
            <li key={trial.question} className={styles.trial}>
              <p className={styles.question}>
                {trial.right ? <Check size={14} className={styles.right} aria-label={t("reading.right")} /> : <X size={14} className={styles.wrong} aria-label={t("reading.wrong")} />}
                {trial.question}
              </p>
              <dl>
                <dt>{t("reading.same")}</dt>
                <dd>{trial.answer}</dd>
                <dd className={styles.number}>{trial.similarity.toFixed(2)}</dd>
                <dt>{t("reading.other")}</dt>
                <dd>{trial.rival}</dd>
                <dd className={styles.number}>{trial.rival_similarity.toFixed(2)}</dd>
              </dl>
            </li>
          ))}
        </ol>
      </details>
    </div>
  );
}
