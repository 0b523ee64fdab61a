/** A tick box without words beside it: its label is read aloud. Told whether Shift was held. */
import { Check, Minus } from "lucide-react";
import { Checkbox } from "radix-ui";
import { useRef } from "react";
import styles from "./Tick.module.css";

export function Tick({ checked, onChange, label, disabled = false }: { checked: boolean | "indeterminate"; onChange: (checked: boolean, shift: boolean) => void; label: string; disabled?: boolean }) {
  const shift = useRef(false);
  return (
    <Checkbox.Root
      className={styles.box}
      checked={checked}
      disabled={disabled}
      aria-label={label}
      onPointerDown={(event) => (shift.current = event.shiftKey)}
      onKeyDown={(event) => (shift.current = event.shiftKey)}
      onCheckedChange={(next) => onChange(next === true, shift.current)}
    >
      <Checkbox.Indicator>{checked === "indeterminate" ? <Minus size={12} strokeWidth={3} /> : <Check size={12} strokeWidth={3} />}</Checkbox.Indicator>
    </Checkbox.Root>
  );
}
