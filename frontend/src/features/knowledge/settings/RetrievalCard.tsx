/** How apps search this knowledge base, unless their own node says otherwise. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Dataset, type Retrieval, retrievalSettingsQuery, setRetrievalSettings } from "@/api";
import { Button, Card, ErrorCard, Skeleton } from "@/kit";
import { changesOf } from "../retrieval/changes";
import { RetrievalForm } from "../retrieval/RetrievalForm";
import { useRetrievalParts } from "../retrieval/useRetrievalParts";
import styles from "./Settings.module.css";

export function RetrievalCard({ dataset, mayEdit }: { dataset: Dataset; mayEdit: boolean }) {
  const { t } = useTranslation("knowledge");
  const stored = useQuery(retrievalSettingsQuery(dataset.id));
  return (
    <Card title={t("settings.retrieval.title")} description={t("settings.retrieval.text")}>
      {stored.isPending && <Skeleton height={160} />}
      {stored.isError && <ErrorCard compact title={t("settings.processing.notLoaded")} error={stored.error} onRetry={() => void stored.refetch()} />}
      {stored.data && <Form key={JSON.stringify(stored.data)} dataset={dataset} stored={stored.data} mayEdit={mayEdit} />}
    </Card>
  );
}

function Form({ dataset, stored, mayEdit }: { dataset: Dataset; stored: Retrieval; mayEdit: boolean }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const parts = useRetrievalParts(dataset);
  const [value, setValue] = useState(stored);
  const changes = changesOf(stored, value);
  const save = useMutation({ mutationFn: () => setRetrievalSettings(dataset.id, changes), onSuccess: (kept) => client.setQueryData(retrievalSettingsQuery(dataset.id).queryKey, kept) });
  return (
    <>
      <RetrievalForm value={value} onChange={setValue} disabled={!mayEdit} {...parts} />
      {save.isError && <ErrorCard compact title={t("notSaved")} error={save.error} />}
      {mayEdit && (
        <div className={styles.buttons}>
          <Button variant="primary" disabled={Object.keys(changes).length === 0} loading={save.isPending} onClick={() => save.mutate()}>
            {t("save")}
          </Button>
        </div>
      )}
    </>
  );
}
