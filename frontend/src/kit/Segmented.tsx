/** A choice of two to four, all visible at once. */
import { ToggleGroup } from "radix-ui";
import { type ReactNode } from "react";
import { cx } from "./cx";
import styles from "./Segmented.module.css";

export interface SegmentedProps<V extends string> {
  value: V;
  onChange: (value: V) => void;
  options: readonly { value: V; label: ReactNode; ariaLabel?: string; icon?: ReactNode }[];
  label: string;
  size?: "sm" | "md";
  disabled?: boolean;
  className?: string;
}

export function Segmented<V extends string>({ value, onChange, options, label, size = "md", disabled = false, className }: SegmentedProps<V>) {
  return (
    <ToggleGroup.Root type="single" disabled={disabled} value={value} onValueChange={(next) => next && onChange(next as V)} aria-label={label} className={cx(styles.root, styles[size], className)}>
      {options.map((option) => (
        <ToggleGroup.Item key={option.value} value={option.value} aria-label={option.ariaLabel} className={styles.item}>{option.icon}{option.label}</ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
