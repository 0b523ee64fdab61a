/** A switch at the right of what it switches, with a word on what that does. */
import { Switch } from "@/kit";
import styles from "./Toggle.module.css";

export function Toggle({ label, note, checked, disabled = false, onChange }: { label: string; note?: string | undefined; checked: boolean; disabled?: boolean; onChange: (checked: boolean) => void }) {
  return (
    <div className={styles.toggle}>
      <div>
        <span className={styles.label}>{label}</span>
        {note && <p className={styles.note}>{note}</p>}
      </div>
      <Switch label={label} checked={checked} disabled={disabled} onChange={onChange} />
    </div>
  );
}
