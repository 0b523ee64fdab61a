/** Every knowledge base of the workspace as a card. */
import { useQuery } from "@tanstack/react-query";
import { Globe, Plus, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { datasetsQuery, useMay } from "@/api";
import { Button, EmptyState, ErrorCard, Input, Page, Skeleton } from "@/kit";
import { DatasetCard } from "./DatasetCard";
import { ExternalServicesSheet } from "./external/ExternalServicesSheet";
import styles from "./KnowledgePage.module.css";
import { NewDatasetDialog } from "./NewDatasetDialog";
import { useDeleteDataset } from "./useDeleteDataset";

/** With more than so many knowledge bases one is looked for by name. */
const SEARCHED = 6;

export function KnowledgePage() {
  const { t } = useTranslation("knowledge");
  const [params, setParams] = useSearchParams();
  const datasets = useQuery(datasetsQuery);
  const { hidden, remove } = useDeleteDataset();
  const [words, setWords] = useState("");
  const all = (datasets.data?.items ?? []).filter((dataset) => !hidden.has(dataset.id));
  const wanted = words.trim().toLowerCase();
  const shown = all.filter((dataset) => `${dataset.name}\n${dataset.description}`.toLowerCase().includes(wanted));
  const setNew = (open: boolean) => setParams(open ? { new: "1" } : {}, { replace: true });
  const mayEdit = useMay("editor");
  const create = mayEdit && (
    <Button variant="primary" icon={<Plus />} onClick={() => setNew(true)}>
      {t("new")}
    </Button>
  );

  const services = (
    <Button icon={<Globe />} onClick={() => setParams({ services: "1" }, { replace: true })}>
      {t("external.open")}
    </Button>
  );

  return (
    <Page
      title={t("title")}
      description={t("lead")}
      actions={
        <>
          {services}
          {all.length > 0 && create}
        </>
      }
    >
      <title>{`${t("title")} · Weft`}</title>
      {datasets.isError && <ErrorCard title={t("notLoaded")} error={datasets.error} onRetry={() => void datasets.refetch()} />}
      {datasets.isPending && <Bones />}
      {datasets.isSuccess && all.length === 0 && (
        <EmptyState picture="knowledge" title={t("empty.title")} text={t("empty.text")} action={create} />
      )}
      {all.length > SEARCHED && <Input icon={<Search />} value={words} aria-label={t("searchBases")} placeholder={t("searchBases")} className={styles.search} onChange={(event) => setWords(event.target.value)} />}
      {all.length > 0 && shown.length === 0 && <EmptyState compact picture="search" title={t("noBase")} />}
      {shown.length > 0 && (
        <ul className={styles.grid}>
          {shown.map((dataset) => (
            <DatasetCard key={dataset.id} dataset={dataset} onDelete={mayEdit ? () => remove(dataset) : null} />
          ))}
        </ul>
      )}
      <NewDatasetDialog open={mayEdit && params.get("new") === "1"} onOpenChange={setNew} />
      <ExternalServicesSheet open={params.get("services") === "1"} onOpenChange={(open) => !open && setParams({}, { replace: true })} />
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
