/** Every knowledge base of the workspace as a card. */
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { datasetsQuery, useMay } from "@/api";
import { Button, EmptyState, ErrorCard, Page, Skeleton } from "@/kit";
import { DatasetCard } from "./DatasetCard";
import styles from "./KnowledgePage.module.css";
import { NewDatasetDialog } from "./NewDatasetDialog";
import { useDeleteDataset } from "./useDeleteDataset";

export function KnowledgePage() {
  const { t } = useTranslation("knowledge");
  const [params, setParams] = useSearchParams();
  const datasets = useQuery(datasetsQuery);
  const { hidden, remove } = useDeleteDataset();
  const shown = (datasets.data?.items ?? []).filter((dataset) => !hidden.has(dataset.id));
  const setNew = (open: boolean) => setParams(open ? { new: "1" } : {}, { replace: true });
  const mayEdit = useMay("editor");
  const create = mayEdit && (
    <Button variant="primary" icon={<Plus />} onClick={() => setNew(true)}>
      {t("new")}
    </Button>
  );

  return (
    <Page title={t("title")} description={t("lead")} actions={shown.length > 0 && create}>
      <title>{`${t("title")} · Weft`}</title>
      {datasets.isError && <ErrorCard title={t("notLoaded")} error={datasets.error} onRetry={() => void datasets.refetch()} />}
      {datasets.isPending && <Bones />}
      {datasets.isSuccess && shown.length === 0 && (
        <EmptyState picture="knowledge" title={t("empty.title")} text={t("empty.text")} action={create} />
      )}
      {shown.length > 0 && (
        <ul className={styles.grid}>
          {shown.map((dataset) => (
            <DatasetCard key={dataset.id} dataset={dataset} onDelete={mayEdit ? () => remove(dataset) : null} />
          ))}
        </ul>
      )}
      <NewDatasetDialog open={mayEdit && params.get("new") === "1"} onOpenChange={setNew} />
    </Page>
  );
}

function Bones() {
  return (
    <div className={styles.grid} aria-hidden>
      {[0, 1, 2].map((n) => (
        <Skeleton key={n} height={156} radius="var(--r3)" />
      ))}
    </div>
  );
}
