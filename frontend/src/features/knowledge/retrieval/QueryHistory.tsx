/** What was asked of this knowledge base, from where, and how well it went: asked again with a click. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { queriesQuery, type QueryOrigin } from "@/api";
import { Button, EmptyState, ErrorCard, Select, Skeleton, useFormat } from "@/kit";
import styles from "./RetrievalTest.module.css";

const ORIGINS = ["all", "test", "app", "api", "tool"] as const;

export function QueryHistory({ datasetId, onAsk }: { datasetId: string; onAsk: (question: string) => void }) {
  const { t } = useTranslation("retrieval");
  const format = useFormat();
  const [origin, setOrigin] = useState<QueryOrigin | "all">("all");
  const query = useInfiniteQuery(queriesQuery(datasetId, { origin: origin === "all" ? "" : origin }));
  const asked = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <aside className={styles.side} aria-label={t("test.history")}>
      <header className={styles.sideHead}>
        {t("test.history")}
        <Select size="sm" label={t("history.origin")} value={origin} onChange={setOrigin} options={ORIGINS.map((value) => ({ value, label: t(`history.from.${value}`) }))} />
      </header>
      {query.isPending && <Skeleton height={120} radius="var(--r2)" />}
      {query.isError && <ErrorCard compact title={t("history.notLoaded")} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && asked.length === 0 && <EmptyState compact picture="search" title={t("history.none")} text={t("history.noneText")} />}
      <ul className={styles.history}>
        {asked.map((one) => (
          <li key={one.id}>
            <button type="button" className={styles.historyRow} style={{ width: "100%" }} onClick={() => onAsk(one.text)}>
              <b>{one.text}</b>
              <span>
                {[t(`history.from.${one.origin}`), t("test.found", { count: one.hit_count }), one.top_score !== null && t("history.best", { score: one.top_score.toFixed(2) }), format.ago(one.created_at)].filter(Boolean).join(" · ")}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button size="sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("history.more")}
        </Button>
      )}
    </aside>
  );
}
