/** One knowledge base: its documents, a place to try the search, its settings. */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { datasetQuery } from "@/api";
import { ErrorCard, Page, Skeleton, TabPanel, Tabs, useFormat } from "@/kit";
import { DatasetSettings } from "./DatasetSettings";
import styles from "./DatasetPage.module.css";
import { DocumentSheet } from "./document/DocumentSheet";
import { DocumentsTab } from "./documents/DocumentsTab";
import { RetrievalTest } from "./retrieval/RetrievalTest";
import { useDatasetFeed } from "./useDatasetFeed";

const TABS = ["documents", "retrieval", "settings"] as const;
type Tab = (typeof TABS)[number];

export function DatasetPage() {
  const { t } = useTranslation("knowledge");
  const { datasetId = "" } = useParams();
  const format = useFormat();
  const dataset = useQuery(datasetQuery(datasetId));
  const place = usePlace();
  useDatasetFeed(datasetId);

  if (dataset.isError) {
    return (
      <Page title={t("title")} width="column">
        <ErrorCard title={t("datasetNotLoaded")} error={dataset.error} onRetry={() => void dataset.refetch()} />
      </Page>
    );
  }
  const data = dataset.data;
  const facts = data && [
    t("documents", { count: data.document_count, n: format.number(data.document_count) }),
    t("chunks", { count: data.chunk_count, n: format.number(data.chunk_count) }),
  ];
  return (
    <Page
      title={
        <>
          <Link to="/knowledge" className={styles.back}>
            <ChevronLeft size={14} aria-hidden /> {t("title")}
          </Link>
          {data ? data.name : <Skeleton width={220} height={30} />}
        </>
      }
      description={facts && <span className={styles.facts}>{[data.description, ...facts].filter(Boolean).join(" · ")}</span>}
    >
      {data && <title>{`${data.name} · Weft`}</title>}
      <Tabs<Tab> value={place.tab} onChange={place.showTab} label={t("tabs.label")} tabs={TABS.map((tab) => ({ value: tab, label: t(`tabs.${tab}`) }))}>
        <TabPanel value="documents" className={styles.panel}>
          <DocumentsTab datasetId={datasetId} onOpen={(id) => place.openDocument(id)} openId={place.documentId} />
        </TabPanel>
        <TabPanel value="retrieval" className={styles.panel}>
          <RetrievalTest datasetId={datasetId} isEmpty={data?.chunk_count === 0} onOpen={place.openDocument} />
        </TabPanel>
        <TabPanel value="settings" className={styles.panel}>
          {data && <DatasetSettings key={data.id} dataset={data} />}
        </TabPanel>
      </Tabs>
      <DocumentSheet documentId={place.documentId} position={place.position} onClose={place.closeDocument} />
    </Page>
  );
}

/** Where one is, in the address: a link to a tab or a document can be shared, and Back closes what was opened. */
function usePlace() {
  const [params, setParams] = useSearchParams();
  const asked = params.get("tab");
  const tab: Tab = TABS.find((one) => one === asked) ?? "documents";
  const set = (changes: Record<string, string | null>) =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) next.delete(name);
        else next.set(name, value);
      }
      return next;
    });
  return {
    tab,
    documentId: params.get("document"),
    position: positionOf(params.get("chunk")),
    showTab: (next: Tab) => set({ tab: next === "documents" ? null : next, document: null, chunk: null }),
    openDocument: (id: string, position?: number) => set({ document: id, chunk: position === undefined ? null : String(position) }),
    closeDocument: () => set({ document: null, chunk: null }),
  };
}

function positionOf(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
