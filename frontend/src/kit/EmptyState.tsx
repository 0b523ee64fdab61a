/** What a place looks like before anything is in it: a picture of the result, one sentence, one button. */
import { type ReactNode } from "react";
import { cx } from "./cx";
import styles from "./EmptyState.module.css";
import { Picture, type PictureName } from "./pictures";

export interface EmptyStateProps {
  picture?: PictureName;
  title: ReactNode;
  text?: ReactNode;
  action?: ReactNode;
  link?: ReactNode;
  compact?: boolean;
}

export function EmptyState({ picture, title, text, action, link, compact = false }: EmptyStateProps) {
  return (
    <div className={cx(styles.empty, compact && styles.compact)}>
      {picture && <Picture name={picture} />}
      <div className={styles.words}>
        <h2 className={styles.title}>{title}</h2>
        {text && <p className={styles.text}>{text}</p>}
      </div>
      {action && <div className={styles.action}>{action}</div>}
      {link && <div className={styles.link}>{link}</div>}
    </div>
  );
}
