/** Two settings over the same questions: the knowledge base's own, and another that is tried. */
import { useQuery } from "@tanstack/react-query";
import { Scale } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type CompareResult, type Dataset, type Evaluation, evaluationQuery, METRICS, type Retrieval } from "@/api";
import { Button, Card, ErrorCard, Skeleton, useFormat } from "@/kit";
import { changesOf } from "../retrieval/changes";
import { RetrievalForm } from "../retrieval/RetrievalForm";
import { useRetrievalParts } from "../retrieval/useRetrievalParts";
import { ChangedCases } from "./ChangedCases";
import { phrasesOf } from "./changes";
import { DifferenceBar, scaleOf } from "./DifferenceBar";
import styles from "./Evaluation.module.css";
import { isOpen, points } from "./measures";
import { useStart } from "./useStart";
import { WorkBar } from "./WorkBar";

export function CompareCard({ dataset, stored, last, mayEdit, onAsk }: { dataset: Dataset; stored: Retrieval; last: Evaluation | null; mayEdit: boolean; onAsk: (question: string) => void }) {
  const { t } = useTranslation("evaluation");
  const parts = useRetrievalParts(dataset);
  const start = useStart(dataset.id);
  const [other, setOther] = useState<Retrieval>(stored);
  const changes = changesOf(stored, other);
  const phrases = phrasesOf(changes, t);
  return (
    <Card title={t("compare.title")} description={t("compare.text")}>
      {mayEdit && (
        <div className={styles.pair}>
          <section className={styles.half}>
            <h3>{t("compare.first")}</h3>
            <p className={styles.note}>{t("compare.firstNote")}</p>
            <h3>{t("compare.second")}</h3>
            <p className={styles.note}>{phrases.length > 0 ? phrases.join(", ") : t("compare.noChange")}</p>
            {start.isError && <ErrorCard compact title={t("notStarted")} error={start.error} />}
            <div className={styles.row}>
              <Button icon={<Scale />} disabled={phrases.length === 0 || (last !== null && isOpen(last))} loading={start.isPending} onClick={() => start.mutate({ kind: "compare", retrieval: {}, second: changes })}>
                {t("compare.button")}
              </Button>
              <Button variant="ghost" disabled={phrases.length === 0} onClick={() => setOther(stored)}>
                {t("compare.reset")}
              </Button>
            </div>
          </section>
          <section className={styles.half} aria-label={t("compare.second")}>
            <RetrievalForm value={other} onChange={setOther} {...parts} />
          </section>
        </div>
      )}
      {last && isOpen(last) && <WorkBar evaluation={last} />}
      {last?.error && <ErrorCard compact title={t("compare.failed")} error={last.error} />}
      {last?.status === "done" && <Compared key={last.id} evaluation={last} onAsk={onAsk} />}
    </Card>
  );
}

function Compared({ evaluation, onAsk }: { evaluation: Evaluation; onAsk: (question: string) => void }) {
  const { t } = useTranslation("evaluation");
  const format = useFormat();
  const detail = useQuery(evaluationQuery<CompareResult>(evaluation.id));
  if (detail.isPending) return <Skeleton height={140} radius="var(--r2)" />;
  if (detail.isError) return <ErrorCard compact title={t("notLoaded")} error={detail.error} onRetry={() => void detail.refetch()} />;
  const { result } = detail.data;
  if (!result) return null;
  const { comparison } = result;
  const second = detail.data.settings.variants?.[1];
  const scale = scaleOf(METRICS.map((metric) => comparison.metrics[metric]));
  return (
    <section className={styles.column}>
      <p>{t("compare.result", { change: second ? phrasesOf(second.changes, t).join(", ") || t("search.asItIs") : "", count: comparison.cases, time: format.dateTime(evaluation.created_at) })}</p>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t("metricLabel")}</th>
              <th scope="col" className={styles.end}>{t("compare.first")}</th>
              <th scope="col" className={styles.end}>{t("compare.second")}</th>
              <th scope="col">{t("compare.difference")}</th>
            </tr>
          </thead>
          <tbody>
            {METRICS.map((metric) => (
              <tr key={metric}>
                <td>{t(`metric.${metric}`)}</td>
                <td className={styles.end}>{points(comparison.metrics[metric].before)}</td>
                <td className={styles.end}>{points(comparison.metrics[metric].after)}</td>
                <td className={styles.wide}>
                  <DifferenceBar value={comparison.metrics[metric]} scale={scale} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ChangedCases title={t("worse", { count: comparison.worse_count })} cases={comparison.worse} count={comparison.worse_count} onAsk={onAsk} />
      <ChangedCases title={t("better", { count: comparison.better_count })} cases={comparison.better} count={comparison.better_count} onAsk={onAsk} />
    </section>
  );
}
