/** A measure over runs as a line, with its interval: looked at, walked through with the arrow keys, or read as a table. */
import { type KeyboardEvent, useState } from "react";
import styles from "./RunsChart.module.css";

export interface ChartPoint {
  id: string;
  /** When, as people read it. */
  label: string;
  /** 0 to 1 */
  value: number;
  low?: number | undefined;
  high?: number | undefined;
  /** Worse than the one before it. */
  alarm?: boolean;
}

export interface RunsChartProps {
  points: readonly ChartPoint[];
  label: string;
  valueText: (value: number) => string;
  selected: string | null;
  onSelect: (id: string) => void;
}

const WIDTH = 640;
const HEIGHT = 150;
const LEFT = 40;
const PAD = 14;

export function RunsChart({ points, label, valueText, selected, onSelect }: RunsChartProps) {
  const [hovered, setHovered] = useState<string | null>(null);
  const values = points.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  const [from, to] = rangeOf(values);
  const x = (index: number) => (points.length === 1 ? (LEFT + WIDTH) / 2 : LEFT + PAD + (index / (points.length - 1)) * (WIDTH - LEFT - 2 * PAD));
  const y = (value: number) => HEIGHT - PAD - ((value - from) / (to - from)) * (HEIGHT - 2 * PAD);
  const line = points.map((point, index) => `${index === 0 ? "M" : "L"}${x(index).toFixed(1)} ${y(point.value).toFixed(1)}`).join("");
  const active = points.findIndex((point) => point.id === (hovered ?? selected));
  const shown = points[active];
  const walk = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = points[Math.min(points.length - 1, Math.max(0, (active < 0 ? points.length - 1 : active) + by))];
    if (by === 0 || !next) return;
    event.preventDefault();
    onSelect(next.id);
  };
  return (
    <div className={styles.chart}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="slider" tabIndex={0} aria-label={label} aria-valuemin={0} aria-valuemax={points.length - 1} aria-valuenow={Math.max(0, active)} aria-valuetext={shown ? `${shown.label}: ${valueText(shown.value)}` : undefined} onKeyDown={walk} onMouseLeave={() => setHovered(null)}>
        {[from, (from + to) / 2, to].map((tick) => (
          <path key={tick} className={styles.grid} d={`M${LEFT} ${y(tick).toFixed(1)}H${WIDTH}`} />
        ))}
        {points.length > 1 && <path className={styles.line} d={line} />}
        {points.map((point, index) => (
          <g key={point.id}>
            {point.low !== undefined && point.high !== undefined && <path className={styles.whisker} d={`M${x(index)} ${y(point.low)}V${y(point.high)}`} />}
            <rect className={styles.target} x={x(index) - 12} y={0} width={24} height={HEIGHT} onMouseEnter={() => setHovered(point.id)} onClick={() => onSelect(point.id)} />
          </g>
        ))}
      </svg>
      {points.map((point, index) => (
        <i key={point.id} aria-hidden className={styles.dot} data-selected={point.id === selected || undefined} data-alarm={point.alarm || undefined} style={{ left: `${(x(index) / WIDTH) * 100}%`, top: `${(y(point.value) / HEIGHT) * 100}%` }} />
      ))}
      {[from, (from + to) / 2, to].map((tick) => (
        <span key={tick} aria-hidden className={styles.tick} style={{ top: `${(y(tick) / HEIGHT) * 100}%` }}>
          {valueText(tick)}
        </span>
      ))}
      {shown && (
        <span aria-hidden className={styles.tip} style={{ left: `${(x(active) / WIDTH) * 100}%`, top: `${(y(shown.value) / HEIGHT) * 100}%`, transform: `translate(-${(x(active) / WIDTH) * 100}%, ${y(shown.value) < HEIGHT / 3 ? "45%" : "-145%"})` }}>
          <b>{valueText(shown.value)}</b> {shown.label}
        </span>
      )}
    </div>
  );
}

/** A stretch of the scale from 0 to 1 that holds all values, never so narrow that noise looks like a cliff. */
function rangeOf(values: readonly number[]): [number, number] {
  const low = Math.min(1, ...values);
  const high = Math.max(0, ...values);
  const from = Math.max(0, Math.floor((Math.min(low, high - 0.1) - 0.02) * 10) / 10);
  const to = Math.min(1, Math.ceil((Math.max(high, low + 0.1) + 0.02) * 10) / 10);
  return [from, to];
}
