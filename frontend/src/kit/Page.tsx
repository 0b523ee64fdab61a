/** The frame of a page that scrolls: title, one line under it, actions, content. */
import { type ReactNode } from "react";
import { cx } from "./cx";
import styles from "./Page.module.css";

export interface PageProps {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  width?: "wide" | "column" | "full";
  children: ReactNode;
}

export function Page({ title, description, actions, width = "wide", children }: PageProps) {
  return (
    <div className={styles.scroll}>
      <div className={cx(styles.page, styles[width])}>
        <header className={styles.head}>
          <div className={styles.titles}>
            <h1 className={styles.title}>{title}</h1>
            {description && <p className={styles.description}>{description}</p>}
          </div>
          {actions && <div className={styles.actions}>{actions}</div>}
        </header>
        {children}
      </div>
    </div>
  );
}
