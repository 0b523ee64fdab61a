/** What a search over settings found: the gain and how sure it is, every setting beside what there is, and what a shorter list would save. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { applyEvaluation, type Evaluation, evaluationKeys, evaluationQuery, type Retrieval, retrievalSettingsQuery, type SearchResult } from "@/api";
import { ErrorCard, Skeleton, useFormat } from "@/kit";
import { phrasesOf } from "./changes";
import { Cuts } from "./Cuts";
import { DifferenceBar, scaleOf } from "./DifferenceBar";
import styles from "./Evaluation.module.css";
import { points } from "./measures";
import { stillHolds } from "./stillHolds";
import { Verdict } from "./Verdict";

export interface SearchResultViewProps {
  evaluation: Evaluation;
  /** The settings as they are now. */
  stored: Retrieval;
  mayApply: boolean;
  onAddCases: () => void;
}

export function SearchResultView({ evaluation, stored, mayApply, onAddCases }: SearchResultViewProps) {
  const { t } = useTranslation("evaluation");
  const format = useFormat();
  const client = useQueryClient();
  const detail = useQuery(evaluationQuery<SearchResult>(evaluation.id));
  const apply = useMutation({
    mutationFn: (input: { changes?: Partial<Retrieval> }) => applyEvaluation(evaluation.id, input),
    onSuccess: ({ retrieval }) => {
      void client.invalidateQueries({ queryKey: retrievalSettingsQuery(evaluation.dataset_id).queryKey });
      void client.invalidateQueries({ queryKey: evaluationKeys.history(evaluation.dataset_id) });
      return retrieval;
    },
  });
  if (detail.isPending) return <Skeleton height={160} radius="var(--r2)" />;
  if (detail.isError) return <ErrorCard compact title={t("notLoaded")} error={detail.error} onRetry={() => void detail.refetch()} />;
  const { result } = detail.data;
  const variants = detail.data.settings.variants ?? [];
  if (!result) return null;
  const scale = scaleOf(result.variants.map((variant) => variant.beside_first));
  const nameOf = (index: number) => (index === 0 ? t("search.asItIs") : phrasesOf(variants[index]?.changes ?? {}, t).join(", "));
  const order = result.variants.map((_, index) => index).sort((a, b) => (result.variants[b]?.metrics["ndcg@10"].mean ?? 0) - (result.variants[a]?.metrics["ndcg@10"].mean ?? 0));
  // the settings that were measured are those that there are, or those that were taken from here
  const holds = stillHolds(stored, [variants[0], variants[result.advised]]);
  const canApply = mayApply && holds;

  return (
    <div className={styles.column}>
      <Verdict result={result} setting={nameOf(result.best)} applying={apply.isPending} applied={apply.isSuccess && apply.variables.changes === undefined} onApply={canApply ? () => apply.mutate({}) : null} onAddCases={onAddCases}>
        {!holds && <p>{t("search.settingsChanged")}</p>}
        {apply.isError && <ErrorCard compact title={t("search.notApplied")} error={apply.error} />}
      </Verdict>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t("search.setting")}</th>
              <th scope="col" className={styles.end}>{t("metric.ndcg@10")}</th>
              <th scope="col">{t("search.beside")}</th>
              <th scope="col" className={styles.end}>{t("metric.recall@10")}</th>
              <th scope="col" className={styles.end}>{t("search.time")}</th>
            </tr>
          </thead>
          <tbody>
            {order.map((index) => {
              const variant = result.variants[index];
              if (!variant) return null;
              return (
                <tr key={index} data-best={(result.advised !== 0 && index === result.advised) || undefined} data-on={index === 0 || undefined}>
                  <td>{nameOf(index)}</td>
                  <td className={styles.end}>{points(variant.metrics["ndcg@10"].mean)}</td>
                  <td className={styles.wide}>{index === 0 ? "–" : <DifferenceBar value={variant.beside_first} scale={scale} />}</td>
                  <td className={styles.end}>{points(variant.metrics["recall@10"].mean)}</td>
                  <td className={styles.end}>{format.duration(variant.elapsed_ms.p50)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <Cuts result={result} applying={apply.isPending} onApply={canApply ? (changes) => apply.mutate({ changes }) : null} />
      {result.notes.map((note) => (
        <ErrorCard key={note.code} compact title={t("note")} error={note} />
      ))}
      <p className={styles.note}>{t("search.ranAt", { time: format.dateTime(evaluation.created_at) })}</p>
    </div>
  );
}
