/** A document's stage: a word when it rests, a bar with counts and the time left while it moves. */
import { useTranslation } from "react-i18next";
import { type KnowledgeDocument } from "@/api";
import { Progress, State, useFormat } from "@/kit";
import { duration } from "../duration";
import { isMoving, toneOf, waitsForRetry } from "../stages";
import styles from "./StageCell.module.css";

export function StageCell({ document }: { document: KnowledgeDocument }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const { stage, progress, done, total, eta_s: eta } = document;
  const moving = isMoving(stage);
  const isRetrying = waitsForRetry(document);
  const tone = isRetrying ? "warn" : toneOf(stage);
  const hasBar = tone === "run" || (stage === "paused" && progress > 0);
  return (
    <div className={styles.cell}>
      <div className={styles.line}>
        <State tone={tone} live={tone === "run"}>
          {t(isRetrying ? "stage.retrying" : `stage.${stage}`)}
        </State>
        {(moving || stage === "paused") && total > 1 && (
          <span className={styles.count} title={t(document.counts === "parts" ? "counted.parts" : "counted.chunks", { done: format.number(done), total: format.number(total) })}>
            {format.number(done)} / {format.number(total)}
          </span>
        )}
        {moving && eta !== null && <span className={styles.eta}>{t("eta", { time: duration(eta, t) })}</span>}
      </div>
      {hasBar && <Progress thin tone={tone} value={progress} label={t("progressOf", { name: document.name })} />}
    </div>
  );
}
