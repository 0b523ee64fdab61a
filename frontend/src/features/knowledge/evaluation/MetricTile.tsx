/** One measure: what it came to, how sure that is, and how it stands beside another. */
import { useTranslation } from "react-i18next";
import { type Difference, type Mean, type Metric } from "@/api";
import { Tag } from "@/kit";
import styles from "./MetricTile.module.css";
import { points, signed, toneOfVerdict, verdictOf } from "./measures";

export function MetricTile({ metric, value, beside }: { metric: Metric; value: Mean; beside?: Difference | undefined }) {
  const { t } = useTranslation("evaluation");
  const verdict = beside && verdictOf(beside);
  return (
    <div className={styles.tile}>
      <span className={styles.name} title={t(`metricNote.${metric}`)}>
        {t(`metric.${metric}`)}
      </span>
      <span className={styles.value}>{points(value.mean)}</span>
      <span className={styles.range} aria-label={t("interval", { low: points(value.low), high: points(value.high) })}>
        {points(value.low)} – {points(value.high)}
      </span>
      {beside && verdict && (
        <Tag tone={toneOfVerdict[verdict]}>
          {signed(beside.difference)} {t(`verdict.${verdict}`)}
        </Tag>
      )}
    </div>
  );
}
