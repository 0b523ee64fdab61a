/** One run: its measures with their intervals, beside the run before it, and what it found for each question. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Ellipsis, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { deleteEvaluation, evaluationKeys, evaluationQuery, METRICS, type RunResult, useMay } from "@/api";
import { Card, ErrorCard, IconButton, Menu, Skeleton, useFormat, useUndo } from "@/kit";
import { ChangedCases } from "./ChangedCases";
import styles from "./Evaluation.module.css";
import { MetricTile } from "./MetricTile";
import { Outcomes } from "./Outcomes";

export function RunCard({ evaluationId, onAsk, onGone }: { evaluationId: string; onAsk: (question: string) => void; onGone: () => void }) {
  const { t } = useTranslation("evaluation");
  const format = useFormat();
  const client = useQueryClient();
  const offerUndo = useUndo();
  const mayEdit = useMay("editor");
  const run = useQuery(evaluationQuery<RunResult>(evaluationId));
  if (run.isPending) return <Skeleton height={180} radius="var(--r3)" />;
  if (run.isError) return <ErrorCard title={t("notLoaded")} error={run.error} onRetry={() => void run.refetch()} />;
  const { result } = run.data;
  if (!result) return null;
  const remove = () =>
    offerUndo({
      message: t("runDeleted"),
      undo: () => undefined,
      commit: async () => {
        await deleteEvaluation(evaluationId);
        onGone();
        await Promise.all([evaluationKeys.list(run.data.dataset_id), evaluationKeys.history(run.data.dataset_id)].map((queryKey) => client.invalidateQueries({ queryKey })));
      },
    });
  const { against } = result;
  return (
    <Card
      title={t("runOf", { time: format.dateTime(run.data.created_at) })}
      description={[t(`reason.${run.data.reason}`), t("cases", { count: result.cases }), t("perQuestion", { time: format.duration(result.elapsed_ms.p50) }), t("chars", { count: result.chars, n: format.number(result.chars) })].join(" · ")}
      actions={mayEdit && <Menu trigger={<IconButton size="sm" label={t("moreOfRun")} icon={<Ellipsis />} />} entries={[{ icon: <Trash2 />, label: t("deleteRun"), danger: true, onSelect: remove }]} />}
    >
      <div className={styles.tiles}>
        {METRICS.map((metric) => (
          <MetricTile key={metric} metric={metric} value={result.metrics[metric]} beside={against?.metrics[metric]} />
        ))}
      </div>
      {against && <p className={styles.note}>{t("againstNote", { count: against.cases })}</p>}
      {result.notes.map((note) => (
        <ErrorCard key={note.code} compact title={t("note")} error={note} />
      ))}
      {against && <ChangedCases title={t("worse", { count: against.worse_count })} cases={against.worse} count={against.worse_count} onAsk={onAsk} />}
      {against && <ChangedCases title={t("better", { count: against.better_count })} cases={against.better} count={against.better_count} onAsk={onAsk} />}
      <Outcomes evaluationId={evaluationId} onAsk={onAsk} />
    </Card>
  );
}
