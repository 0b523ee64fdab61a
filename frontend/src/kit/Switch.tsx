/** On or off, taking effect at once. */
import { Switch as Radix } from "radix-ui";
import { useFieldControl } from "./Field";
import styles from "./Switch.module.css";

export interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label?: string;
  disabled?: boolean;
}

export function Switch({ checked, onChange, label, disabled = false }: SwitchProps) {
  const field = useFieldControl();
  return (
    <Radix.Root className={styles.track} checked={checked} onCheckedChange={onChange} disabled={disabled} aria-label={label} {...field}>
      <Radix.Thumb className={styles.thumb} />
    </Radix.Root>
  );
}
