/** An evaluation under way: how far it is, how long it takes, and a way to stop it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cancelEvaluation, type Evaluation, evaluationKeys, useMay } from "@/api";
import { Button, ErrorCard, Progress, useFormat } from "@/kit";
import styles from "./Evaluation.module.css";

export function WorkBar({ evaluation }: { evaluation: Evaluation }) {
  const { t } = useTranslation("evaluation");
  const format = useFormat();
  const client = useQueryClient();
  const mayEdit = useMay("editor");
  const stop = useMutation({ mutationFn: () => cancelEvaluation(evaluation.id), onSuccess: () => client.invalidateQueries({ queryKey: evaluationKeys.list(evaluation.dataset_id) }) });
  const facts = [
    t(evaluation.status === "waiting" ? "work.waiting" : `work.${evaluation.kind}`),
    evaluation.total > 0 && `${format.number(evaluation.done)} / ${format.number(evaluation.total)}`,
    evaluation.eta_s !== null && t("work.left", { time: format.duration(evaluation.eta_s * 1000) }),
  ];
  return (
    <div className={styles.work}>
      <span role="status">{facts.filter(Boolean).join(" · ")}</span>
      {mayEdit ? (
        <Button size="sm" icon={<X />} loading={stop.isPending} onClick={() => stop.mutate()}>
          {t("work.stop")}
        </Button>
      ) : (
        <span />
      )}
      <Progress thin tone="run" value={evaluation.total > 0 ? evaluation.done / evaluation.total : null} label={t(`work.${evaluation.kind}`)} />
      {stop.isError && <ErrorCard compact title={t("work.notStopped")} error={stop.error} />}
    </div>
  );
}
