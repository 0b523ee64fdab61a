/** A share from 0 to 1, drawn between what its ends mean. */
import styles from "./Slider.module.css";

export interface SliderProps {
  value: number;
  onChange: (value: number) => void;
  label: string;
  /** What the value means, said aloud. */
  text: string;
  from: string;
  to: string;
  disabled?: boolean | undefined;
}

export function Slider({ value, onChange, label, text, from, to, disabled }: SliderProps) {
  return (
    <div className={styles.slider}>
      <input type="range" min={0} max={1} step={0.05} value={value} aria-label={label} aria-valuetext={text} disabled={disabled} className={styles.range} style={{ "--share": `${value * 100}%` } as React.CSSProperties} onChange={(event) => onChange(Number(event.target.value))} />
      <span className={styles.ends} aria-hidden>
        <span>{from}</span>
        <b>{text}</b>
        <span>{to}</span>
      </span>
    </div>
  );
}
