/** Choice of one from a short, known list. For a long or searchable list use Combobox. */
import { Check, ChevronDown } from "lucide-react";
import { Select as Radix } from "radix-ui";
import { type ReactNode } from "react";
import { cx } from "./cx";
import { useFieldControl } from "./Field";
import styles from "./Select.module.css";

export interface SelectOption<V extends string = string> {
  value: V;
  label: ReactNode;
  hint?: ReactNode;
  icon?: ReactNode;
  disabled?: boolean;
}

export interface SelectProps<V extends string> {
  value: V | undefined;
  onChange: (value: V) => void;
  options: readonly SelectOption<V>[];
  placeholder?: string;
  label?: string;
  size?: "sm" | "md";
  disabled?: boolean;
  className?: string;
}

export function Select<V extends string>({ value, onChange, options, placeholder, label, size = "md", disabled, className }: SelectProps<V>) {
  const field = useFieldControl();
  return (
    <Radix.Root value={value ?? ""} onValueChange={(next) => onChange(next as V)} disabled={disabled ?? false}>
      <Radix.Trigger className={cx(styles.trigger, styles[size], className)} aria-label={label} {...field}>
        <span className={styles.value}><Radix.Value placeholder={placeholder ?? ""} /></span>
        <Radix.Icon className={styles.chevron}><ChevronDown size={15} /></Radix.Icon>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.list} position="popper" sideOffset={4} collisionPadding={8}>
          <Radix.Viewport>
            {options.map((option) => (
              <Radix.Item key={option.value} value={option.value} disabled={option.disabled ?? false} className={styles.item}>
                <Radix.ItemText><span className={styles.text}>{option.icon}{option.label}</span></Radix.ItemText>
                {option.hint && <span className={styles.hint}>{option.hint}</span>}
                <Radix.ItemIndicator className={styles.tick}><Check size={14} /></Radix.ItemIndicator>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
