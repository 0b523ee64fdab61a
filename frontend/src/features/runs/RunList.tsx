/** Runs, newest first, by state. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import { runsQuery, type Run, type RunStatus } from "@/api";
import { Button, EmptyState, ErrorCard, Page, Segmented, Select, State, Table, useFormat, type Column } from "@/kit";
import styles from "./RunList.module.css";
import { inputLine, RUN_TONES } from "./words";

const FILTERS = ["all", "running", "paused", "finished", "failed", "stopped"] as const;
type Filter = (typeof FILTERS)[number];
const SOURCES = ["all", "editor", "chat", "api", "openai", "trigger"] as const;
type Source = (typeof SOURCES)[number];

export function RunList({ appId, onOpen, views }: { appId: string; onOpen: (id: string) => void; views: ReactNode }) {
  const { t } = useTranslation("runs");
  const [search, setSearch] = useSearchParams();
  const filter = FILTERS.find((value) => value === search.get("status")) ?? "all";
  const status: RunStatus | "" = filter === "all" ? "" : filter;
  const from = SOURCES.find((value) => value === search.get("source")) ?? "all";
  const runs = useInfiniteQuery({ ...runsQuery(appId, status, from === "all" ? "" : from), refetchInterval: 5000 });
  const columns = useColumns();
  const rows = runs.data?.pages.flatMap((page) => page.items) ?? [];
  const choose = (name: "status" | "source", value: Filter | Source) =>
    setSearch((now) => {
      const next = new URLSearchParams(now);
      if (value === "all") next.delete(name);
      else next.set(name, value);
      return next;
    }, { replace: true });
  const filters = (
    <div className={styles.filters}>
      <Select<Source> label={t("column.source")} className={styles.source} value={from} onChange={(value) => choose("source", value)} options={SOURCES.map((value) => ({ value, label: value === "all" ? t("everySource") : t(`source.${value}`) }))} />
      <Segmented className={styles.status} label={t("status")} value={filter} onChange={(value) => choose("status", value)} options={FILTERS.map((value) => ({ value, label: t(value) }))} />
    </div>
  );
  const empty = status || from !== "all"
    ? <EmptyState compact title={t("nothing")} />
    : <EmptyState picture="runs" title={t("empty")} text={t("emptyText")} action={<Button asChild variant="primary"><Link to={`/apps/${appId}`}>{t("emptyAction")}</Link></Button>} />;
  return (
    <Page title={t("title")} actions={views}>
      {filters}
      {runs.isError
        ? <ErrorCard title={t("notLoaded")} error={runs.error} onRetry={() => void runs.refetch()} />
        : <Table label={t("title")} columns={columns} rows={rows} rowKey={(run) => run.id} onOpen={(run) => onOpen(run.id)} loading={runs.isPending} empty={empty} />}
      {runs.hasNextPage && <div className={styles.more}><Button loading={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>{t("more")}</Button></div>}
    </Page>
  );
}

function useColumns(): Column<Run>[] {
  const { t } = useTranslation("runs");
  const { ago, dateTime, duration, number } = useFormat();
  return [
    { id: "status", header: t("column.status"), width: "120px", cell: (run) => <State tone={RUN_TONES[run.status]} live={run.status === "running"}>{t(run.status)}</State> },
    { id: "question", header: t("column.question"), cell: (run) => <span className={styles.input}>{inputLine(run) || <i className={styles.none}>{t("noInput")}</i>}</span> },
    { id: "source", header: t("column.source"), width: "110px", minor: true, cell: (run) => t(`source.${run.source}`, { defaultValue: run.source }) },
    { id: "version", header: t("column.version"), width: "90px", minor: true, cell: (run) => (run.version === null ? t("draft") : `v${run.version}`) },
    { id: "time", header: t("column.time"), width: "90px", align: "end", minor: true, cell: (run) => (run.elapsed_ms === null ? "–" : duration(run.elapsed_ms)) },
    { id: "tokens", header: t("column.tokens"), width: "90px", align: "end", minor: true, cell: (run) => (run.usage?.total_tokens ? number(run.usage.total_tokens) : "–") },
    { id: "at", header: t("column.at"), width: "140px", align: "end", cell: (run) => <time className={styles.at} dateTime={run.created_at} title={dateTime(run.created_at)}>{ago(run.created_at)}</time> },
  ];
}
