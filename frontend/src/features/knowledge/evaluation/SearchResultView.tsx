/** What a search over settings found: the gain and how sure it is, every setting beside what there is, and what a shorter list would save. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { applyEvaluation, type Evaluation, evaluationKeys, evaluationQuery, type Retrieval, retrievalSettingsQuery, type SearchResult } from "@/api";
import { Button, ErrorCard, Skeleton, State, useFormat } from "@/kit";
import { DifferenceBar, scaleOf } from "./DifferenceBar";
import styles from "./Evaluation.module.css";
import { points, signed } from "./measures";
import { phrasesOf } from "./changes";

export function SearchResultView({ evaluation, mayApply }: { evaluation: Evaluation; mayApply: boolean }) {
  const { t } = useTranslation("evaluation");
  const format = useFormat();
  const client = useQueryClient();
  const detail = useQuery(evaluationQuery<SearchResult>(evaluation.id));
  const apply = useMutation({
    mutationFn: (input: { variant?: number; changes?: Partial<Retrieval> }) => applyEvaluation(evaluation.id, input),
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
  const depth = result.depths.advised;
  const depthLine = result.depths.lines.find((line) => line.top_k === depth);
  const deepest = result.depths.lines.at(-1);
  const isGain = result.verdict === "gain";

  return (
    <div className={styles.column}>
      <section className={styles.verdict} data-gain={isGain || undefined}>
        <h3>{t(`search.verdict.${result.verdict}`, { setting: nameOf(result.best) })}</h3>
        <p>{t("search.gain", { gain: signed(result.gain.difference), low: signed(result.gain.low), high: signed(result.gain.high), count: result.cases })}</p>
        {isGain && mayApply && (
          <div className={styles.row}>
            <Button variant="primary" icon={<Check />} loading={apply.isPending} disabled={apply.isSuccess} onClick={() => apply.mutate({})}>
              {t("search.apply")}
            </Button>
            <span role="status">{apply.isSuccess && <State tone="ok">{t("search.applied")}</State>}</span>
          </div>
        )}
        {apply.isError && <ErrorCard compact title={t("search.notApplied")} error={apply.error} />}
      </section>
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
                <tr key={index} data-best={(isGain && index === result.best) || undefined} data-on={index === 0 || undefined}>
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
      {depth !== null && depthLine && deepest && depth < deepest.top_k && (
        <div className={styles.row}>
          <p className={styles.grow}>{t("search.depth", { count: depth, recall: points(depthLine.recall), all: points(deepest.recall), n: deepest.top_k, saved: format.percent(deepest.chars > 0 ? 1 - depthLine.chars / deepest.chars : 0) })}</p>
          {mayApply && (
            <Button size="sm" loading={apply.isPending} onClick={() => apply.mutate({ variant: 0, changes: { top_k: depth } })}>
              {t("search.applyDepth", { count: depth })}
            </Button>
          )}
        </div>
      )}
      {result.thresholds.advised !== null && (
        <div className={styles.row}>
          <p className={styles.grow}>{t("search.threshold", { value: result.thresholds.advised.toFixed(2) })}</p>
          {mayApply && (
            <Button size="sm" loading={apply.isPending} onClick={() => apply.mutate({ variant: 0, changes: { threshold: result.thresholds.advised } })}>
              {t("search.applyThreshold", { value: result.thresholds.advised.toFixed(2) })}
            </Button>
          )}
        </div>
      )}
      {result.notes.map((note) => (
        <ErrorCard key={note.code} compact title={t("note")} error={note} />
      ))}
      <p className={styles.note}>{t("search.ranAt", { time: format.dateTime(evaluation.created_at) })}</p>
    </div>
  );
}
