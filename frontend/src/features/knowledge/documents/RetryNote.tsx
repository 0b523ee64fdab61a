/** Why a document waits, when it is tried again, and a way not to wait for that. */
import { Clock, RotateCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type KnowledgeDocument } from "@/api";
import { Button, useErrorText } from "@/kit";
import { duration } from "../duration";
import { useSecondsUntil } from "../parts/useSecondsUntil";
import styles from "./RetryNote.module.css";

export interface RetryNoteProps {
  error: NonNullable<KnowledgeDocument["error"]>;
  retryAt: string;
  /** Absent for who only looks. */
  onRetry?: (() => void) | undefined;
}

export function RetryNote({ error, retryAt, onRetry }: RetryNoteProps) {
  const { t } = useTranslation("knowledge");
  const { message, original } = useErrorText(error);
  const seconds = useSecondsUntil(retryAt);
  return (
    <div className={styles.note} role="status">
      <Clock size={16} aria-hidden className={styles.icon} />
      <div className={styles.words}>
        <p title={original || undefined}>{message}</p>
        <p className={styles.when}>
          {error.stage && <>{t("waits.kept", { stage: t(`stage.${error.stage}`) })} </>}
          {/* a screen reader hears why it waits, not every second of it */}
          <time dateTime={retryAt} aria-live="off">{seconds > 0 ? t("waits.until", { time: duration(seconds, t) }) : t("waits.now")}</time>
        </p>
      </div>
      {onRetry && (
        <Button size="sm" icon={<RotateCw />} onClick={onRetry}>
          {t("waits.retry")}
        </Button>
      )}
    </div>
  );
}
