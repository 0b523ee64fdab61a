/** What people have talked with the app about, newest first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { conversationsQuery, type Conversation } from "@/api";
import { Button, EmptyState, ErrorCard, Page, Table, useFormat, type Column } from "@/kit";
import styles from "../RunList.module.css";

export function ConversationList({ appId, onOpen, views }: { appId: string; onOpen: (id: string) => void; views: ReactNode }) {
  const { t } = useTranslation("runs");
  const found = useInfiniteQuery(conversationsQuery(appId));
  const { ago, dateTime } = useFormat();
  const columns: Column<Conversation>[] = [
    { id: "name", header: t("conversation.name"), cell: (row) => <span className={styles.input}>{row.name || <i className={styles.none}>{t("conversation.unnamed")}</i>}</span> },
    { id: "audience", header: t("column.source"), width: "140px", cell: (row) => t(`conversation.audience.${row.audience}`, { defaultValue: row.audience }) },
    { id: "who", header: t("conversation.who"), width: "220px", minor: true, cell: (row) => <span className={styles.input}>{row.end_user || "–"}</span> },
    { id: "at", header: t("conversation.at"), width: "150px", align: "end", cell: (row) => <time className={styles.at} dateTime={row.updated_at} title={dateTime(row.updated_at)}>{ago(row.updated_at)}</time> },
  ];
  return (
    <Page title={t("conversation.title")} actions={views}>
      {found.isError
        ? <ErrorCard title={t("conversation.listNotLoaded")} error={found.error} onRetry={() => void found.refetch()} />
        : <Table label={t("conversation.title")} columns={columns} rows={found.data?.pages.flatMap((page) => page.items) ?? []} rowKey={(row) => row.id} onOpen={(row) => onOpen(row.id)} loading={found.isPending} empty={<EmptyState picture="chat" title={t("conversation.empty")} text={t("conversation.emptyText")} />} />}
      {found.hasNextPage && <div className={styles.more}><Button loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("more")}</Button></div>}
    </Page>
  );
}
