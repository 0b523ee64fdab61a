/** Which model turns passages into vectors, where they lie, and what the model was seen to understand. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Dataset, datasetKeys, type DatasetSettings, datasetSettingsQuery, modelsQuery, readingQuery, updateDatasetSettings } from "@/api";
import { Button, Card, ErrorCard, Field } from "@/kit";
import { ModelChoice, type ModelRef } from "../parts/ModelChoice";
import { ReadingEvidence } from "../parts/ReadingEvidence";
import styles from "./Settings.module.css";

export function EmbeddingCard({ dataset, settings, mayEdit }: { dataset: Dataset; settings: DatasetSettings; mayEdit: boolean }) {
  const { t } = useTranslation("knowledge");
  const { t: say } = useTranslation("retrieval");
  const client = useQueryClient();
  const models = useQuery(modelsQuery("embedding")).data?.items ?? [];
  const reading = useQuery({ ...readingQuery(dataset.id), enabled: false });
  const change = useMutation({
    mutationFn: (embedding: ModelRef) => updateDatasetSettings(dataset.id, { embedding }),
    onSuccess: (kept) => {
      client.setQueryData(datasetSettingsQuery(dataset.id).queryKey, kept);
      client.removeQueries({ queryKey: readingQuery(dataset.id).queryKey });
      void client.invalidateQueries({ queryKey: datasetKeys.one(dataset.id), exact: true });
    },
  });
  return (
    <Card title={t("settings.embedding.title")} description={t("settings.embedding.text")}>
      <Field label={t("settings.embedding.model")} hint={settings.embedding.fixed ? t("settings.embedding.fixed") : undefined}>
        <ModelChoice models={models} value={settings.embedding} disabled={!mayEdit || settings.embedding.fixed || change.isPending} onChange={(model) => change.mutate(model)} />
      </Field>
      {change.isError && <ErrorCard compact title={t("settings.embedding.notChanged")} error={change.error} />}
      <dl className={styles.facts}>
        <dt>{t("settings.embedding.store")}</dt>
        <dd>{t(`settings.embedding.stores.${settings.vector_store}`)}</dd>
      </dl>
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
