/** A surface that holds one thing, or one section of a page. */
import { type HTMLAttributes, type ReactNode } from "react";
import styles from "./Card.module.css";
import { cx } from "./cx";

export interface CardProps extends Omit<HTMLAttributes<HTMLElement>, "title"> {
  title?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** The card as a whole can be clicked: it rises under the pointer. */
  interactive?: boolean;
  flush?: boolean;
}

export function Card({ title, description, actions, interactive = false, flush = false, className, children, ...rest }: CardProps) {
  return (
    <section className={cx(styles.card, interactive && styles.interactive, flush && styles.flush, className)} {...rest}>
      {(title || actions) && (
        <header className={styles.head}>
          <div className={styles.titles}>
            {title && <h2 className={styles.title}>{title}</h2>}
            {description && <p className={styles.description}>{description}</p>}
          </div>
          {actions && <div className={styles.actions}>{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}
