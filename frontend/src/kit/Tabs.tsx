/** Tabs with an underline: faces of one thing. Their panels are the children, by value. */
import { Tabs as Radix } from "radix-ui";
import { type ReactNode } from "react";
import { cx } from "./cx";
import styles from "./Tabs.module.css";

export interface TabsProps<V extends string> {
  value: V;
  onChange: (value: V) => void;
  tabs: readonly { value: V; label: ReactNode; badge?: ReactNode }[];
  label?: string;
  /** Space at both ends of the tab line, so that it can span a panel. */
  inset?: boolean;
  className?: string;
  children?: ReactNode;
}

export function Tabs<V extends string>({ value, onChange, tabs, label, inset = false, className, children }: TabsProps<V>) {
  return (
    <Radix.Root value={value} onValueChange={(next) => onChange(next as V)} className={cx(styles.root, className)}>
      <Radix.List className={cx(styles.list, inset && styles.inset)} aria-label={label}>
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.value} value={tab.value} className={styles.tab}>{tab.label}{tab.badge}</Radix.Trigger>
        ))}
      </Radix.List>
      {children}
    </Radix.Root>
  );
}

export function TabPanel({ value, className, children }: { value: string; className?: string; children: ReactNode }) {
  return <Radix.Content value={value} className={cx(styles.panel, className)}>{children}</Radix.Content>;
}
