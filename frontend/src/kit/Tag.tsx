/** A small word of state or kind. Colour only where it means something. */
import { type ReactNode } from "react";
import { cx } from "./cx";
import styles from "./Tag.module.css";

export type Tone = "neutral" | "ok" | "run" | "warn" | "bad" | "accent";

export function Tag({ tone = "neutral", icon, mono = false, children }: { tone?: Tone; icon?: ReactNode; mono?: boolean; children: ReactNode }) {
  return <span className={cx(styles.tag, styles[tone], mono && styles.mono)}>{icon}{children}</span>;
}

/** A number on something: unread, faults. */
export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={cx(styles.badge, styles[tone])}>{children}</span>;
}

/** A dot with a word: the state of a run or a document. */
export function State({ tone = "neutral", live = false, children }: { tone?: Tone; live?: boolean; children: ReactNode }) {
  return <span className={cx(styles.state, styles[`state-${tone}`], live && styles.live)}><i className={styles.dot} />{children}</span>;
}
