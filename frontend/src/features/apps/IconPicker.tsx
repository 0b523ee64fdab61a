/** Choice of an app's picture. */
import { RadioGroup } from "radix-ui";
import { useTranslation } from "react-i18next";
import { APP_ICONS, AppIcon } from "@/kit";
import styles from "./IconPicker.module.css";

export function IconPicker({ label, value, seed, onChange }: { label: string; value: string; seed: string; onChange: (icon: string) => void }) {
  const { t } = useTranslation("apps");
  return (
    <div className={styles.block}>
      <span className={styles.label} id="app-icon">{label}</span>
      <RadioGroup.Root className={styles.row} value={value} onValueChange={onChange} aria-labelledby="app-icon" orientation="horizontal">
        {APP_ICONS.map((icon) => (
          <RadioGroup.Item key={icon} value={icon} aria-label={t(`icon.${icon}`)} title={t(`icon.${icon}`)} className={styles.choice}><AppIcon icon={icon} seed={seed} size={34} /></RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </div>
  );
}
