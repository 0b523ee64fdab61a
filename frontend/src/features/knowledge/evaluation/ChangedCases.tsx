/** Questions for which something else was found than before: first place then, first place now. */
import { useTranslation } from "react-i18next";
import { type ChangedCase } from "@/api";
import styles from "./ChangedCases.module.css";
import { bestRank } from "./measures";

export function ChangedCases({ title, cases, count, onAsk }: { title: string; cases: readonly ChangedCase[]; count: number; onAsk: (question: string) => void }) {
  const { t } = useTranslation("evaluation");
  const rank = (ranks: readonly (number | null)[]) => {
    const best = bestRank(ranks);
    return best === null ? t("notFound") : t("rank", { rank: best });
  };
  if (count === 0) return null;
  return (
    <section className={styles.block}>
      <h3 className={styles.title}>{title}</h3>
      <ul className={styles.list}>
        {cases.map((one) => (
          <li key={one.case_id} className={styles.row}>
            <button type="button" className={styles.question} title={t("askThis")} onClick={() => onAsk(one.question)}>
              {one.question}
            </button>
            <span className={styles.ranks}>
              {rank(one.before.ranks)} <span aria-label={t("then")}>→</span> <b>{rank(one.after.ranks)}</b>
            </span>
          </li>
        ))}
      </ul>
      {count > cases.length && <p className={styles.more}>{t("andMore", { count: count - cases.length })}</p>}
    </section>
  );
}
