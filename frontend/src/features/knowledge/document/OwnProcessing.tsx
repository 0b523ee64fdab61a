/** How this document alone is processed: as the knowledge base does, or in its own way, tried before it is kept. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { datasetSettingsQuery, documentQuery, type KnowledgeDocument, modelsQuery, type Processing, updateDocument, useMay } from "@/api";
import { Button, Card, ErrorCard, Segmented, Skeleton } from "@/kit";
import { PreviewPanel } from "../processing/PreviewPanel";
import { ProcessingForm } from "../processing/ProcessingForm";
import styles from "./Details.module.css";

export function OwnProcessing({ document }: { document: KnowledgeDocument }) {
  const { t } = useTranslation("knowledge");
  const settings = useQuery(datasetSettingsQuery(document.dataset_id));
  if (settings.isPending) return <Skeleton height={200} radius="var(--r3)" />;
  if (settings.isError) return <ErrorCard title={t("settings.processing.notLoaded")} error={settings.error} onRetry={() => void settings.refetch()} />;
  return <Own key={JSON.stringify(document.processing)} document={document} inherited={settings.data.processing} />;
}

type Choice = "inherit" | "own";

function Own({ document, inherited }: { document: KnowledgeDocument; inherited: Processing }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const mayEdit = useMay("editor");
  const models = useQuery(modelsQuery("chat")).data?.items ?? [];
  const before: Processing | null = document.processing === null ? null : { ...inherited, ...document.processing };
  const [choice, setChoice] = useState<Choice>(before ? "own" : "inherit");
  const [value, setValue] = useState<Processing>(before ?? inherited);
  const next = choice === "own" ? value : null;
  const isChanged = JSON.stringify(next) !== JSON.stringify(before);
  const save = useMutation({ mutationFn: () => updateDocument(document.id, { processing: next }), onSuccess: (kept) => client.setQueryData(documentQuery(document.id).queryKey, kept) });
  return (
    <div className={styles.column}>
      <Card title={t("own.title")}>
        <div>
          <Segmented<Choice> size="sm" label={t("own.label")} value={choice} disabled={!mayEdit} onChange={setChoice} options={[{ value: "inherit", label: t("own.inherit") }, { value: "own", label: t("own.own") }]} />
        </div>
        {choice === "own" ? <ProcessingForm value={value} onChange={setValue} models={models} disabled={!mayEdit} /> : <p className={styles.note}>{t("own.inheritNote")}</p>}
        {save.isError && <ErrorCard compact title={t("own.notSaved")} error={save.error} />}
        {mayEdit && (
          <>
            {isChanged && <p className={styles.note}>{t("own.note")}</p>}
            <div className={styles.buttons}>
              <Button variant="primary" disabled={!isChanged} loading={save.isPending} onClick={() => save.mutate()}>
                {t("own.save")}
              </Button>
            </div>
          </>
        )}
      </Card>
      <Card title={t("own.preview")}>
        <PreviewPanel datasetId={document.dataset_id} documentId={document.id} processing={choice === "own" ? value : inherited} />
      </Card>
    </div>
  );
}
