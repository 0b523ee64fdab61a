/** Which model turns passages into vectors, where they lie, and what the model was seen to understand. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Dataset, type DatasetSettings, modelsQuery, type Move, type MoveAim, moveQuery, readingQuery, startMove, stopMove, VECTOR_STORES, type VectorStore } from "@/api";
import { Button, Card, ErrorCard, Field, Select } from "@/kit";
import { takeMove } from "../moveCache";
import { ModelChoice } from "../parts/ModelChoice";
import { ReadingEvidence } from "../parts/ReadingEvidence";
import { MoveDialog } from "./MoveDialog";
import { MoveState } from "./MoveState";
import styles from "./Settings.module.css";

export function EmbeddingCard({ dataset, settings, mayEdit }: { dataset: Dataset; settings: DatasetSettings; mayEdit: boolean }) {
  const { t } = useTranslation("knowledge");
  const { t: say } = useTranslation("retrieval");
  const models = useQuery(modelsQuery("embedding")).data?.items ?? [];
  const reading = useQuery({ ...readingQuery(dataset.id), enabled: false });
  const move = useQuery(moveQuery(dataset.id));
  const [asked, setAsked] = useState<MoveAim | null>(null);
  const { start, stop } = useMoves(dataset.id, () => setAsked(null));
  const isFull = dataset.document_count > 0;
  const aimAt = (aim: MoveAim) => {
    start.reset();
    if (isFull) setAsked(aim);
    else start.mutate(aim);
  };
  const isFixed = !mayEdit || move.data?.state !== "none" || start.isPending;
  return (
    <Card title={t("settings.embedding.title")} description={t("settings.embedding.text")}>
      <Field label={t("settings.embedding.model")}>
        <ModelChoice models={models} value={settings.embedding} disabled={isFixed} onChange={(to) => !isSame(to, settings.embedding) && aimAt({ embedding: to })} />
      </Field>
      <Field label={t("settings.embedding.store")}>
        <Select<VectorStore> value={settings.vector_store} disabled={isFixed} onChange={(to) => to !== settings.vector_store && aimAt({ vector_store: to })} options={VECTOR_STORES.map((value) => ({ value, label: t(`settings.embedding.stores.${value}`) }))} />
      </Field>
      {move.isError && <ErrorCard compact title={t("settings.processing.notLoaded")} error={move.error} onRetry={() => void move.refetch()} />}
      {move.data && <MoveState move={move.data} mayEdit={mayEdit} isStopping={stop.isPending} onStop={() => stop.mutate()} onRetry={() => move.data.to && start.mutate(aimOf(move.data.to))} />}
      {start.isError && !asked && <ErrorCard compact title={t("settings.embedding.move.notStarted")} error={start.error} />}
      {stop.isError && <ErrorCard compact title={t("settings.embedding.move.notStopped")} error={stop.error} />}
      {asked && <MoveDialog datasetId={dataset.id} aim={asked} starting={start.isPending} error={start.error} onStart={() => start.mutate(asked)} onClose={() => setAsked(null)} />}
      <h3 className={styles.sub}>{t("settings.embedding.reading")}</h3>
      <ReadingEvidence reading={reading.data ?? null} />
      {!reading.data && (
        <div>
          <Button size="sm" loading={reading.isFetching} onClick={() => void reading.refetch()}>
            {say("reading.try")}
          </Button>
        </div>
      )}
      {reading.isError && <ErrorCard compact title={say("reading.failed")} error={reading.error} />}
    </Card>
  );
}

function useMoves(datasetId: string, onStarted: () => void) {
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: (aim: MoveAim) => startMove(datasetId, aim),
    onSuccess: (move) => {
      takeMove(client, move);
      onStarted();
    },
  });
  const stop = useMutation({ mutationFn: () => stopMove(datasetId), onSuccess: (move) => takeMove(client, move) });
  return { start, stop };
}

type ModelName = DatasetSettings["embedding"];
const isSame = (one: ModelName, other: ModelName): boolean => one.provider === other.provider && one.model === other.model;
const aimOf = ({ provider, model, vector_store }: NonNullable<Move["to"]>): MoveAim => ({ embedding: { provider, model }, vector_store });
