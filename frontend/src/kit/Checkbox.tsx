/** A tick box with its label. */
import { Check, Minus } from "lucide-react";
import { Checkbox as Radix } from "radix-ui";
import { type ReactNode, useId } from "react";
import styles from "./Checkbox.module.css";

export interface CheckboxProps {
  checked: boolean | "indeterminate";
  onChange: (checked: boolean) => void;
  label: ReactNode;
  hint?: ReactNode;
  disabled?: boolean;
}

export function Checkbox({ checked, onChange, label, hint, disabled = false }: CheckboxProps) {
  const id = useId();
  return (
    <div className={styles.row}>
      <Radix.Root id={id} className={styles.box} checked={checked} onCheckedChange={(next) => onChange(next === true)} disabled={disabled}>
        <Radix.Indicator>{checked === "indeterminate" ? <Minus size={12} strokeWidth={3} /> : <Check size={12} strokeWidth={3} />}</Radix.Indicator>
      </Radix.Root>
      <label htmlFor={id} className={styles.label}>{label}{hint && <span className={styles.hint}>{hint}</span>}</label>
    </div>
  );
}
