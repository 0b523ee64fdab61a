/** Drag through the run. */
import { Pause, Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Trace } from "@/graph";
import { IconButton, useFormat } from "@/kit";
import styles from "./RunView.module.css";
import type { Replay } from "./useReplay";

export function TimeBar({ trace, replay }: { trace: Trace; replay: Replay }) {
  const { t } = useTranslation("runs");
  const { duration } = useFormat();
  const { at, playing, seek, toggle } = replay;
  const total = Math.max(trace.totalMs, 1);
  const now = Math.min(at ?? total, total);
  return (
    <div className={styles.time}>
      <IconButton label={t(playing ? "pause" : "play")} icon={playing ? <Pause /> : <Play />} onClick={toggle} />
      <input
        type="range"
        className={styles.range}
        style={{ "--at": `${(now / total) * 100}%` } as React.CSSProperties}
        min={0}
        max={total}
        step="any"
        value={now}
        aria-label={t("timeBar")}
        aria-valuetext={duration(now)}
        onChange={(event) => seek(Number(event.target.value) >= total ? null : Number(event.target.value))}
      />
      <span className={styles.clock}>{duration(now)} / {duration(trace.totalMs)}</span>
    </div>
  );
}
