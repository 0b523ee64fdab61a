/** How far a knowledge base's vectors have come on their way to another model or store; stopping it; trying again. */
import { useTranslation } from "react-i18next";
import { type Move } from "@/api";
import { Button, ErrorCard, Progress, State, useFormat } from "@/kit";
import { duration } from "../duration";
import styles from "./Settings.module.css";

interface MoveStateProps {
  move: Move;
  mayEdit: boolean;
  isStopping: boolean;
  onStop: () => void;
  onRetry: () => void;
}

export function MoveState({ move, mayEdit, isStopping, onStop, onRetry }: MoveStateProps) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  if (!move.to) return null;
  const to = { model: move.to.model, store: t(`settings.embedding.stores.${move.to.vector_store}`) };
  const stop = mayEdit && (
    <Button size="sm" loading={isStopping} onClick={onStop}>
      {t("settings.embedding.move.stop")}
    </Button>
  );
  if (move.error) {
    return (
      <>
        <ErrorCard compact title={t("settings.embedding.move.failed", to)} error={move.error} onRetry={mayEdit ? onRetry : undefined} actions={stop} />
        {move.retry_at && <p className={styles.note}>{t("settings.embedding.move.again", { when: format.ago(move.retry_at) })}</p>}
      </>
    );
  }
  const isMoving = move.state === "moving";
  return (
    <div className={styles.form}>
      <div className={styles.move}>
        <State tone="run" live={isMoving}>
          {isMoving ? t("settings.embedding.move.moving", to) : t("settings.embedding.move.waiting")}
        </State>
        {move.total > 0 && (
          <span>
            {format.number(move.done)} / {format.number(move.total)}
          </span>
        )}
        {isMoving && move.eta_s !== null && <span>{t("eta", { time: duration(move.eta_s, t) })}</span>}
        {stop}
      </div>
      <Progress thin tone="run" value={move.total > 0 ? move.done / move.total : null} label={t("settings.embedding.move.progress")} />
      <p className={styles.note}>{t("settings.embedding.move.searched")}</p>
    </div>
  );
}
