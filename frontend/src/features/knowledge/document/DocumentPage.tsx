/** One document: the original at the left, what was made of it at the right; click either to find the other. */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft } from "lucide-react";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { datasetQuery, documentQuery, type KnowledgeDocument } from "@/api";
import { ErrorCard, Page, Skeleton, TabPanel, Tabs } from "@/kit";
import { StageCell } from "../documents/StageCell";
import { useMedia } from "../parts/useMedia";
import { useDatasetFeed } from "../useDatasetFeed";
import { Details } from "./Details";
import { DocumentActions } from "./DocumentActions";
import styles from "./DocumentPage.module.css";
import { DocumentLog } from "./DocumentLog";
import { Original } from "./Original";
import { OwnProcessing } from "./OwnProcessing";
import { Passages } from "./Passages";
import { useChunks } from "./useChunks";

const SIDES = ["original", "passages", "details", "processing", "log"] as const;
type Side = (typeof SIDES)[number];

export function DocumentPage() {
  const { t } = useTranslation(["knowledge", "retrieval"]);
  const { datasetId = "", documentId = "" } = useParams();
  const document = useQuery(documentQuery(documentId));
  useDatasetFeed(datasetId);
  if (document.isError) {
    return (
      <Page title={t("title")} width="column">
        <ErrorCard title={t("documentNotLoaded")} error={document.error} onRetry={() => void document.refetch()} />
      </Page>
    );
  }
  return (
    <div className={styles.frame}>
      <header className={styles.top}>
        <div className={styles.names}>
          <BackLink datasetId={datasetId} />
          {document.data ? (
            <h1 className={styles.title} title={document.data.name}>
              {document.data.name}
            </h1>
          ) : (
            <Skeleton width={260} height={24} />
          )}
        </div>
        {document.data && (
          <>
            <title>{`${document.data.name} · Weft`}</title>
            <div className={styles.state}>
              <StageCell document={document.data} />
            </div>
            <DocumentActions document={document.data} />
          </>
        )}
      </header>
      {document.data ? <Halves key={documentId} document={document.data} /> : <div className={styles.fault}><Skeleton height="60vh" radius="var(--r3)" /></div>}
    </div>
  );
}

function BackLink({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("knowledge");
  const dataset = useQuery(datasetQuery(datasetId));
  return (
    <Link to={`/knowledge/${datasetId}`} className={styles.back}>
      <ChevronLeft size={14} aria-hidden /> {dataset.data?.name ?? t("title")}
    </Link>
  );
}

function Halves({ document }: { document: KnowledgeDocument }) {
  const { t } = useTranslation("knowledge");
  const isNarrow = useMedia("(max-width: 900px)");
  const { side, selected, showSide, select } = usePlace(isNarrow);
  const loaded = useChunks(document.id, selected);
  const placed = useMemo(() => (loaded.opened ? [...loaded.chunks, loaded.opened] : loaded.chunks), [loaded.chunks, loaded.opened]);
  const original = <Original document={document} chunks={placed} selected={selected} onSelect={(id) => select(id)} />;
  const tabs = SIDES.filter((one) => isNarrow || one !== "original");
  return (
    <div className={styles.split}>
      {!isNarrow && original}
      <section className={styles.side} aria-label={t("side.label")}>
        <Tabs<Side> inset className={styles.tabs} value={side} onChange={showSide} label={t("side.label")} tabs={tabs.map((tab) => ({ value: tab, label: t(`side.${tab}`) }))}>
          {isNarrow && (
            <TabPanel value="original" className={`${styles.panel} ${styles.flush}`}>
              {original}
            </TabPanel>
          )}
          <TabPanel value="passages" className={`${styles.panel} ${styles.flush}`}>
            <Passages document={document} loaded={loaded} selected={selected} onSelect={select} />
          </TabPanel>
          <TabPanel value="details" className={styles.panel}>
            <Details document={document} />
          </TabPanel>
          <TabPanel value="processing" className={styles.panel}>
            <OwnProcessing document={document} />
          </TabPanel>
          <TabPanel value="log" className={styles.panel}>
            <DocumentLog document={document} />
          </TabPanel>
        </Tabs>
      </section>
    </div>
  );
}

/** Which passage and which side, in the address: a link to a passage can be shared. */
function usePlace(isNarrow: boolean) {
  const [params, setParams] = useSearchParams();
  const asked = params.get("side");
  const known = SIDES.find((one) => one === asked) ?? "passages";
  const side: Side = known === "original" && !isNarrow ? "passages" : known;
  const set = useCallback(
    (changes: Record<string, string | null>) =>
      setParams(
        (now) => {
          const next = new URLSearchParams(now);
          for (const [name, value] of Object.entries(changes)) {
            if (value === null) next.delete(name);
            else next.set(name, value);
          }
          return next;
        },
        { replace: true },
      ),
    [setParams],
  );
  return {
    side,
    selected: params.get("chunk"),
    showSide: (next: Side) => set({ side: next === "passages" ? null : next }),
    // whoever clicks into the original wants to see the passage, and on a phone it is on another side
    select: useCallback((id: string | null) => set({ chunk: id, side: null }), [set]),
  };
}
