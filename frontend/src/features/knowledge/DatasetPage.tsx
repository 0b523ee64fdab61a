/** One knowledge base: its documents, a place to try the search, how well it does, its settings. */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { type Dataset, datasetQuery } from "@/api";
import { ErrorCard, Page, Skeleton, TabPanel, Tabs, useFormat } from "@/kit";
import styles from "./DatasetPage.module.css";
import { DocumentsTab } from "./documents/DocumentsTab";
import { EvaluationTab } from "./evaluation/EvaluationTab";
import { RetrievalTest } from "./retrieval/RetrievalTest";
import { DatasetSettings } from "./settings/DatasetSettings";
import { useDatasetFeed } from "./useDatasetFeed";

const TABS = ["documents", "retrieval", "evaluation", "settings"] as const;
type Tab = (typeof TABS)[number];

export function DatasetPage() {
  const { t } = useTranslation(["knowledge", "retrieval", "evaluation"]);
  const { datasetId = "" } = useParams();
  const dataset = useQuery(datasetQuery(datasetId));
  useDatasetFeed(datasetId);
  if (dataset.isError) {
    return (
      <Page title={t("title")} width="column">
        <ErrorCard title={t("datasetNotLoaded")} error={dataset.error} onRetry={() => void dataset.refetch()} />
      </Page>
    );
  }
  return (
    <Page
      title={
        <>
          <Link to="/knowledge" className={styles.back}>
            <ChevronLeft size={14} aria-hidden /> {t("title")}
          </Link>
          {dataset.data ? dataset.data.name : <Skeleton width={220} height={30} />}
        </>
      }
      description={dataset.data && <Facts dataset={dataset.data} />}
    >
      {dataset.data && <title>{`${dataset.data.name} · Weft`}</title>}
      {dataset.data ? <Faces key={datasetId} dataset={dataset.data} /> : <Skeleton height={240} radius="var(--r3)" />}
    </Page>
  );
}

function Facts({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const facts = dataset.external
    ? [dataset.description, t("external.of", { name: dataset.external.service_name })]
    : [dataset.description, t("documents", { count: dataset.document_count, n: format.number(dataset.document_count) }), t("chunks", { count: dataset.chunk_count, n: format.number(dataset.chunk_count) })];
  return <span className={styles.facts}>{facts.filter(Boolean).join(" · ")}</span>;
}

function Faces({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("knowledge");
  // what an external service holds is its own business; it can be asked
  const tabs = TABS.filter((tab) => !dataset.external || (tab !== "documents" && tab !== "evaluation"));
  const place = usePlace(tabs);
  return (
    <Tabs<Tab> value={place.tab} onChange={place.show} label={t("tabs.label")} tabs={tabs.map((tab) => ({ value: tab, label: t(`tabs.${tab}`) }))}>
      <TabPanel value="documents" className={styles.panel}>
        <DocumentsTab dataset={dataset} />
      </TabPanel>
      <TabPanel value="retrieval" className={styles.panel}>
        <RetrievalTest key={place.question} dataset={dataset} question={place.question} />
      </TabPanel>
      <TabPanel value="evaluation" className={styles.panel}>
        <EvaluationTab dataset={dataset} onAsk={place.ask} />
      </TabPanel>
      <TabPanel value="settings" className={styles.panel}>
        <DatasetSettings dataset={dataset} />
      </TabPanel>
    </Tabs>
  );
}

/** Where one is, in the address: a link to a tab can be shared, and Back leads to the tab before. */
function usePlace(tabs: readonly Tab[]) {
  const [params, setParams] = useSearchParams();
  const asked = params.get("tab");
  const first = tabs[0] ?? "retrieval";
  const tab: Tab = tabs.find((one) => one === asked) ?? first;
  return {
    tab,
    question: params.get("q") ?? "",
    show: (next: Tab) => setParams(next === first ? {} : { tab: next }),
    ask: (question: string) => setParams({ tab: "retrieval", q: question }),
  };
}
