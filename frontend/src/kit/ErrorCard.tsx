/**
 * An error as a card: what happened, where, what to do; it stays, and can be copied.
 * Reads any thrown value; texts of known codes come from the namespace `errors`, in the reader's language.
 */
import { CircleAlert, RotateCw } from "lucide-react";
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { CopyButton } from "./CopyButton";
import { cx } from "./cx";
import styles from "./ErrorCard.module.css";
import { useErrorText } from "./errorText";

export interface ErrorCardProps {
  error: unknown;
  /** What was being done: "Apps could not be loaded". */
  title?: ReactNode;
  /** Node, field, line, address. */
  where?: ReactNode;
  onRetry?: (() => void) | undefined;
  actions?: ReactNode;
  compact?: boolean;
}

export function ErrorCard({ error, title, where, onRetry, actions, compact = false }: ErrorCardProps) {
  const { t } = useTranslation("kit");
  const text = useErrorText(error);
  return (
    <div role="alert" className={cx(styles.card, compact && styles.compact)}>
      <CircleAlert size={18} className={styles.icon} />
      <div className={styles.words}>
        <p className={styles.title}>{title ?? text.title}</p>
        <p className={styles.message}>{text.message}</p>
        {text.remedy && <p className={styles.remedy}>{text.remedy}</p>}
        {text.original && (
          <details className={styles.original}>
            <summary>{t("original")}</summary>
            <p lang="en">{text.original}</p>
          </details>
        )}
        <div className={styles.facts}>
          <code className={styles.code}>{text.code}</code>
          {where && <span>{where}</span>}
          {text.field && <span>{t("field")} <code>{text.field}</code></span>}
        </div>
        <div className={styles.actions}>
          {onRetry && <Button size="sm" icon={<RotateCw />} onClick={onRetry}>{t("retry")}</Button>}
          {actions}
          <CopyButton size="sm" text={text.copy} label={t("copyDetails")} />
        </div>
      </div>
    </div>
  );
}
