/** A change of the knowledge base made the search surely worse: by how much, and for which questions. */
import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Beside, evaluationQuery, type Metric, type RunResult } from "@/api";
import { ChangedCases } from "./ChangedCases";
import styles from "./Evaluation.module.css";
import { points, signed } from "./measures";

export function AlarmCard({ evaluationId, onAsk }: { evaluationId: string; onAsk: (question: string) => void }) {
  const { t } = useTranslation("evaluation");
  const run = useQuery(evaluationQuery<RunResult>(evaluationId));
  const alarm = run.data?.alarm;
  if (!alarm) return null;
  const fallen = Object.entries(alarm.metrics) as [Metric, Beside][];
  return (
    <section className={styles.alarm} role="alert">
      <h2>
        <TriangleAlert size={16} aria-hidden /> {t("alarm.title")}
      </h2>
      <p>
        {fallen.map(([metric, beside]) => t("alarm.fell", { metric: t(`metric.${metric}`), before: points(beside.before), after: points(beside.after), change: signed(beside.difference) })).join(" ")}{" "}
        {t(alarm.settings_changed ? "alarm.settings" : "alarm.documents")}
      </p>
      <ChangedCases title={t("alarm.cases", { count: alarm.case_count })} cases={alarm.cases} count={alarm.case_count} onAsk={onAsk} />
    </section>
  );
}
