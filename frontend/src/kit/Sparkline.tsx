/** A week of runs as bars, errors in them in the colour of failure. */
import styles from "./Sparkline.module.css";

export interface SparkDay { label: string; value: number; bad: number }

const HEIGHT = 28;
const BAR = 8;
const GAP = 4;

export function Sparkline({ days, label }: { days: readonly SparkDay[]; label: string }) {
  const top = Math.max(1, ...days.map((day) => day.value));
  const width = Math.max(0, days.length * (BAR + GAP) - GAP);
  return (
    <svg role="img" aria-label={label} width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`}>
      {days.map((day, index) => {
        const full = day.value === 0 ? 2 : Math.max(4, (day.value / top) * HEIGHT);
        const bad = day.value === 0 ? 0 : (Math.min(day.bad, day.value) / day.value) * full;
        const x = index * (BAR + GAP);
        return (
          <g key={index}>
            <title>{day.label}</title>
            <rect x={x} y={HEIGHT - full} width={BAR} height={full} rx={2} className={day.value === 0 ? styles.none : styles.bar} />
            {bad > 0 && <rect x={x} y={HEIGHT - Math.max(2, bad)} width={BAR} height={Math.max(2, bad)} rx={2} className={styles.bad} />}
          </g>
        );
      })}
    </svg>
  );
}
