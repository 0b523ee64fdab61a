/** A difference with its interval on a line with nothing in the middle: left of it is worse, right of it is better. */
import { useTranslation } from "react-i18next";
import { type Difference } from "@/api";
import styles from "./DifferenceBar.module.css";
import { signed, verdictOf } from "./measures";

export function DifferenceBar({ value, scale }: { value: Difference; scale: number }) {
  const { t } = useTranslation("evaluation");
  const at = (share: number) => `${50 + (Math.max(-scale, Math.min(scale, share)) / scale) * 50}%`;
  const verdict = verdictOf(value);
  return (
    <span className={styles.line}>
      <span className={styles.bar} data-verdict={verdict} role="img" aria-label={t("differenceLabel", { value: signed(value.difference), low: signed(value.low), high: signed(value.high) })}>
        <i className={styles.range} style={{ left: at(value.low), right: `calc(100% - ${at(value.high)})` }} />
        <i className={styles.dot} style={{ left: at(value.difference) }} />
      </span>
      <b className={styles.value} data-verdict={verdict}>
        {signed(value.difference)}
      </b>
    </span>
  );
}

/** The widest of several differences, so that they share one scale. */
export const scaleOf = (values: readonly Difference[]): number => Math.max(0.05, ...values.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]));
