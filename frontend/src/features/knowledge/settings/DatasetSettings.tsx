/** Everything that can be set about a knowledge base. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Dataset, datasetSettingsQuery, useMay } from "@/api";
import { ErrorCard, Skeleton } from "@/kit";
import { AboutCard, EndCard, NamesCard } from "./BasicCards";
import { AccessCard } from "./AccessCard";
import { ApiCard } from "./ApiCard";
import { EmbeddingCard } from "./EmbeddingCard";
import { FieldsCard } from "./FieldsCard";
import { ProcessingCard } from "./ProcessingCard";
import { RetrievalCard } from "./RetrievalCard";
import styles from "./Settings.module.css";
import { TagsCard } from "./TagsCard";

export function DatasetSettings({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("knowledge");
  const mayEdit = useMay("editor");
  const settings = useQuery(datasetSettingsQuery(dataset.id));
  if (settings.isPending) return <Skeleton height={300} radius="var(--r3)" />;
  if (settings.isError) return <ErrorCard title={t("settings.processing.notLoaded")} error={settings.error} onRetry={() => void settings.refetch()} />;
  const shown = settings.data;
  return (
    <div className={styles.column}>
      {mayEdit && <NamesCard key={dataset.updated_at} dataset={dataset} />}
      <RetrievalCard dataset={dataset} mayEdit={mayEdit} />
      {!dataset.external && <EmbeddingCard dataset={dataset} settings={shown} mayEdit={mayEdit} />}
      {!dataset.external && <ProcessingCard dataset={dataset} settings={shown} mayEdit={mayEdit} />}
      {!dataset.external && <FieldsCard datasetId={dataset.id} mayEdit={mayEdit} />}
      <TagsCard datasetId={dataset.id} mayEdit={mayEdit} />
      <AccessCard datasetId={dataset.id} people={shown.people} />
      <ApiCard dataset={dataset} settings={shown} mayEdit={mayEdit} />
      <AboutCard dataset={dataset} />
      {mayEdit && <EndCard dataset={dataset} />}
    </div>
  );
}
