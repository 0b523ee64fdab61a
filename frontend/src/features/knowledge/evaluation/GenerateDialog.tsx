/** Cases that a model writes from passages spread over the documents. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Dataset, type Evaluation, evaluationKeys, generateCases, type Items, modelsQuery } from "@/api";
import { Button, Dialog, EmptyState, ErrorCard, Field } from "@/kit";
import { ModelChoice, type ModelRef } from "../parts/ModelChoice";
import { NumberInput } from "../parts/NumberInput";
import styles from "./CasesView.module.css";

export function GenerateDialog({ dataset, open, onClose, onStarted }: { dataset: Dataset; open: boolean; onClose: () => void; onStarted: () => void }) {
  const { t } = useTranslation("evaluation");
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t("generate.title")} description={t("generate.text")} width="sm">
      <Generate dataset={dataset} onClose={onClose} onStarted={onStarted} />
    </Dialog>
  );
}

function Generate({ dataset, onClose, onStarted }: { dataset: Dataset; onClose: () => void; onStarted: () => void }) {
  const { t } = useTranslation("evaluation");
  const client = useQueryClient();
  const models = (useQuery(modelsQuery("chat")).data?.items ?? []).filter((model) => model.note_code !== "quotes_only");
  const [chosen, setChosen] = useState<ModelRef | null>(null);
  const [count, setCount] = useState(20);
  const first = models[0];
  const model = chosen ?? (first ? { provider: first.provider, model: first.name } : null);
  const start = useMutation({
    mutationFn: (ref: ModelRef) => generateCases(dataset.id, { ...ref, count }),
    onSuccess: (started) => {
      client.setQueryData<Items<Evaluation>>(evaluationKeys.list(dataset.id), (data) => data && { ...data, items: [started, ...data.items] });
      onStarted();
    },
  });
  if (!model) return <EmptyState compact picture="models" title={t("generate.noModel")} text={t("generate.noModelText")} action={<Button asChild><Link to="/models">{t("generate.toModels")}</Link></Button>} />;
  return (
    <div className={styles.form}>
      <Field label={t("generate.model")}>
        <ModelChoice models={models} value={model} onChange={setChosen} />
      </Field>
      <Field label={t("generate.count")} hint={t("generate.countHint")}>
        <NumberInput value={count} min={1} max={200} onChange={(value) => value !== null && setCount(value)} />
      </Field>
      {start.isError && <ErrorCard compact title={t("notStarted")} error={start.error} />}
      <div className={styles.buttons}>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button variant="primary" loading={start.isPending} onClick={() => start.mutate(model)}>
          {t("generate.button")}
        </Button>
      </div>
    </div>
  );
}
