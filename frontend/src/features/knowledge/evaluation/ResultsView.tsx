/** What runs over the test set measured: now, over time, and whether a change made it worse. */
import { useQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Dataset, type Evaluation, historyQuery, type HistoryLine, METRICS, type Metric, useMay } from "@/api";
import { Button, Card, EmptyState, ErrorCard, Select, Skeleton, useFormat } from "@/kit";
import { AlarmCard } from "./AlarmCard";
import styles from "./Evaluation.module.css";
import { isOpen, points } from "./measures";
import { RunCard } from "./RunCard";
import { RunsChart } from "./RunsChart";
import { useStart } from "./useStart";
import { WorkBar } from "./WorkBar";

export function ResultsView({ dataset, evaluations, onAsk }: { dataset: Dataset; evaluations: readonly Evaluation[]; onAsk: (question: string) => void }) {
  const { t } = useTranslation("evaluation");
  const format = useFormat();
  const mayEdit = useMay("editor");
  const history = useQuery(historyQuery(dataset.id));
  const start = useStart(dataset.id);
  const [metric, setMetric] = useState<Metric>("ndcg@10");
  const [chosen, setChosen] = useState<string | null>(null);
  const running = evaluations.find((one) => one.kind === "run" && isOpen(one));
  const failed = evaluations.find((one) => one.kind === "run" && !isOpen(one));
  const runs = useMemo(() => lineOf(history.data?.items ?? []), [history.data]);
  const shown = runs.find((run) => run.evaluation_id === chosen) ?? runs.at(-1);
  const measure = mayEdit && (
    <Button variant="primary" icon={<Play />} disabled={running !== undefined} loading={start.isPending} onClick={() => start.mutate({ kind: "run" })}>
      {t("measure")}
    </Button>
  );
  if (history.isPending) return <Skeleton height={220} radius="var(--r3)" />;
  if (history.isError) return <ErrorCard title={t("notLoaded")} error={history.error} onRetry={() => void history.refetch()} />;
  return (
    <div className={styles.column}>
      {running && <WorkBar evaluation={running} />}
      {start.isError && <ErrorCard compact title={t("notStarted")} error={start.error} />}
      {failed?.status === "failed" && failed.error && <ErrorCard compact title={t("lastFailed")} error={failed.error} />}
      {shown?.has_alarm && <AlarmCard evaluationId={shown.evaluation_id} onAsk={onAsk} />}
      {runs.length === 0 ? (
        !running && <EmptyState compact picture="runs" title={t("notMeasured.title")} text={t("notMeasured.text")} action={measure} />
      ) : (
        <Card
          title={t("overTime")}
          actions={
            <>
              <Select<Metric> size="sm" label={t("metricLabel")} value={metric} onChange={setMetric} options={METRICS.map((value) => ({ value, label: t(`metric.${value}`) }))} />
              {measure}
            </>
          }
        >
          <RunsChart
            label={t("chartLabel", { metric: t(`metric.${metric}`), count: runs.length })}
            points={runs.map((run) => ({ id: run.evaluation_id, label: format.dateTime(run.at), value: run.metrics[metric].mean, low: run.metrics[metric].low, high: run.metrics[metric].high, alarm: run.has_alarm }))}
            valueText={points}
            selected={shown?.evaluation_id ?? null}
            onSelect={setChosen}
          />
          <p className={styles.note}>{t(`metricNote.${metric}`)}</p>
        </Card>
      )}
      {shown && <RunCard key={shown.evaluation_id} evaluationId={shown.evaluation_id} onAsk={onAsk} onGone={() => setChosen(null)} />}
    </div>
  );
}

/** All runs by time: what changes from one to the next is also what was set. */
function lineOf(lines: readonly HistoryLine[]) {
  return lines.flatMap((line) => line.points.map((point) => ({ ...point, isCurrent: line.is_current }))).sort((a, b) => a.at.localeCompare(b.at));
}
