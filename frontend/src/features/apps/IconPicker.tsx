/** Choice of an app's picture. */
import { RadioGroup } from "radix-ui";
import { APP_ICONS, AppIcon } from "@/kit";
import styles from "./IconPicker.module.css";

export function IconPicker({ label, value, seed, onChange }: { label: string; value: string; seed: string; onChange: (icon: string) => void }) {
  return (
    <div className={styles.block}>
      <span className={styles.label} id="app-icon">{label}</span>
      <RadioGroup.Root className={styles.row} value={value} onValueChange={onChange} aria-labelledby="app-icon" orientation="horizontal">
        {APP_ICONS.map((icon) => (
          <RadioGroup.Item key={icon} value={icon} aria-label={icon} className={styles.choice}><AppIcon icon={icon} seed={seed} size={34} /></RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </div>
  );
}
