/** How documents are cleaned and cut, tried on one of them before it is kept. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Dataset, datasetKeys, type DatasetSettings, datasetSettingsQuery, type Items, type KnowledgeDocument, modelsQuery, steerDocuments, updateDatasetSettings } from "@/api";
import { Button, Card, ErrorCard } from "@/kit";
import { PreviewPanel } from "../processing/PreviewPanel";
import { ProcessingForm } from "../processing/ProcessingForm";
import styles from "./Settings.module.css";

export function ProcessingCard({ dataset, settings, mayEdit }: { dataset: Dataset; settings: DatasetSettings; mayEdit: boolean }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const models = useQuery(modelsQuery("chat")).data?.items ?? [];
  const [value, setValue] = useState(settings.processing);
  const isChanged = JSON.stringify(value) !== JSON.stringify(settings.processing);
  const refresh = () => client.invalidateQueries({ queryKey: datasetKeys.one(dataset.id) });
  const save = useMutation({ mutationFn: () => updateDatasetSettings(dataset.id, { processing: value }), onSuccess: (kept) => client.setQueryData(datasetSettingsQuery(dataset.id).queryKey, kept) });
  const again = useMutation({ mutationFn: () => readOutdated(dataset.id), onSuccess: refresh });
  return (
    <Card title={t("settings.processing.title")} description={t("settings.processing.text")}>
      <div className={styles.pair}>
        <ProcessingForm value={value} onChange={setValue} models={models} disabled={!mayEdit} />
        <PreviewPanel datasetId={dataset.id} documentId={null} processing={value} />
      </div>
      {save.isError && <ErrorCard compact title={t("notSaved")} error={save.error} />}
      {again.isError && <ErrorCard compact title={t("actionFailed")} error={again.error} />}
      {mayEdit && (
        <div className={styles.buttons}>
          {!isChanged && settings.outdated > 0 && (
            <>
              <span className={styles.saved} role="status">
                {t("settings.processing.saved", { count: settings.outdated })}
              </span>
              <Button icon={<RotateCw />} loading={again.isPending} onClick={() => again.mutate()}>
                {t("settings.processing.again")}
              </Button>
            </>
          )}
          <Button variant="primary" disabled={!isChanged} loading={save.isPending} onClick={() => save.mutate()}>
            {t("save")}
          </Button>
        </div>
      )}
    </Card>
  );
}

/** Reads again what was made with other settings, page by page of the list. */
async function readOutdated(datasetId: string): Promise<void> {
  let cursor: string | null = null;
  do {
    const page: Items<KnowledgeDocument> = await api.get(`/datasets/${datasetId}/documents`, { query: { cursor, limit: 200 } });
    const ids = page.items.filter((document) => document.outdated).map((document) => document.id);
    if (ids.length > 0) await steerDocuments(datasetId, "reprocess", ids);
    cursor = page.next;
  } while (cursor !== null);
}
