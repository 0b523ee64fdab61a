/** A shorter list, or a lowest score, that would lose next to nothing: what each saves, and a way to take it. */
import { useTranslation } from "react-i18next";
import { type Retrieval, type SearchResult } from "@/api";
import { Button, useFormat } from "@/kit";
import styles from "./Evaluation.module.css";
import { points } from "./measures";

export interface CutsProps {
  result: SearchResult;
  /** Null where nothing may be changed. */
  onApply: ((changes: Partial<Retrieval>) => void) | null;
  applying: boolean;
}

export function Cuts({ result: { cases, depths, thresholds }, onApply, applying }: CutsProps) {
  const { t } = useTranslation("evaluation");
  const format = useFormat();
  const depth = depths.lines.find((line) => line.top_k === depths.advised);
  const deepest = depths.lines.at(-1);
  const threshold = thresholds.advised;
  return (
    <>
      {depth && deepest && depth.top_k < deepest.top_k && (
        <div className={styles.row}>
          <p className={styles.grow}>{t("search.depth", { count: depth.top_k, recall: points(depth.recall), all: points(deepest.recall), n: deepest.top_k, saved: format.percent(deepest.chars > 0 ? 1 - depth.chars / deepest.chars : 0), cases: format.number(cases) })}</p>
          {onApply && (
            <Button size="sm" loading={applying} onClick={() => onApply({ top_k: depth.top_k })}>
              {t("search.applyDepth", { count: depth.top_k })}
            </Button>
          )}
        </div>
      )}
      {threshold !== null && (
        <div className={styles.row}>
          <p className={styles.grow}>{t("search.threshold", { value: threshold.toFixed(2), cases: format.number(cases) })}</p>
          {onApply && (
            <Button size="sm" loading={applying} onClick={() => onApply({ threshold })}>
              {t("search.applyThreshold", { value: threshold.toFixed(2) })}
            </Button>
          )}
        </div>
      )}
    </>
  );
}
