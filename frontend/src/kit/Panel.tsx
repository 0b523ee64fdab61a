/** A floating surface inside the page: header, scrolling body. Place it with `className`. */
import { type HTMLAttributes, type ReactNode, type Ref } from "react";
import { cx } from "./cx";
import styles from "./Panel.module.css";

export interface PanelProps extends Omit<HTMLAttributes<HTMLElement>, "title"> {
  title?: ReactNode;
  actions?: ReactNode;
  label?: string;
  padded?: boolean;
  ref?: Ref<HTMLElement>;
}

export function Panel({ title, actions, label, padded = true, className, children, ref, ...rest }: PanelProps) {
  return (
    <section ref={ref} className={cx(styles.panel, className)} aria-label={label} {...rest}>
      {(title || actions) && <header className={styles.head}><h2 className={styles.title}>{title}</h2>{actions}</header>}
      <div className={cx(styles.body, padded && styles.padded)}>{children}</div>
    </section>
  );
}
