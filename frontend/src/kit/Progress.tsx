/** How far a piece of work of known length has come. */
import { Progress as Radix } from "radix-ui";
import { cx } from "./cx";
import styles from "./Progress.module.css";
import { type Tone } from "./Tag";

export function Progress({ value, label, tone = "accent", thin = false }: { /** 0 to 1; null when the length is unknown */ value: number | null; label: string; tone?: Tone; thin?: boolean }) {
  const percent = value === null ? null : Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <Radix.Root className={cx(styles.track, thin && styles.thin)} value={percent} aria-label={label}>
      <Radix.Indicator className={cx(styles.fill, styles[tone], percent === null && styles.unknown)} style={percent === null ? undefined : { width: `${percent}%` }} />
    </Radix.Root>
  );
}
