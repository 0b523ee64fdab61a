/** What each stage of the search thought of a passage: its score there and its place. */
import { useTranslation } from "react-i18next";
import { type Placed, SCORE_STAGES, type ScoreStage } from "@/api";
import { useFormat } from "@/kit";
import styles from "./Scores.module.css";

export function Scores({ scores }: { scores: Partial<Record<ScoreStage, Placed>> }) {
  const { t } = useTranslation("retrieval");
  const format = useFormat();
  return (
    <ul className={styles.scores} aria-label={t("scores.label")}>
      {SCORE_STAGES.flatMap((stage) => {
        const placed = scores[stage];
        return placed
          ? [
              <li key={stage} className={styles.score} data-stage={stage} title={t(`scores.note.${stage}`)}>
                <span>{t(`scores.${stage}`)}</span>
                <b>{placed.score.toFixed(2)}</b>
                <i>{t("scores.rank", { rank: format.number(placed.rank) })}</i>
              </li>,
            ]
          : [];
      })}
    </ul>
  );
}
