/** Rows of a settings-like list: icon, title, facts, actions. */
import { type ReactNode } from "react";
import styles from "./List.module.css";

export function List({ label, children }: { label: string; children: ReactNode }) {
  return <ul className={styles.list} aria-label={label}>{children}</ul>;
}

export function ListRow({ icon, title, facts, actions, children }: { icon?: ReactNode; title: ReactNode; facts?: ReactNode; actions?: ReactNode; children?: ReactNode }) {
  return (
    <li className={styles.row}>
      {icon}
      <div className={styles.body}>
        <div className={styles.title}>{title}</div>
        {facts && <div className={styles.facts}>{facts}</div>}
        {children}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </li>
  );
}
