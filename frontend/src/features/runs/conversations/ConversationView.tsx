/** One conversation: what was asked and answered, each with its run; what a run still waits for; what is remembered. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ArrowLeft, ArrowUpRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { messagesQuery, runQuery, variablesQuery, type ConversationMessage } from "@/api";
import { Button, Card, EmptyState, ErrorCard, Page, Skeleton, State, Tag, useFormat } from "@/kit";
import { Markdown } from "@/kit/chat";
import { ValueList } from "../values/ValueList";
import { RunWaits } from "../waits/RunWaits";
import { RUN_TONES } from "../words";
import styles from "./ConversationView.module.css";
import { MessageCase } from "./MessageCase";

export function ConversationView({ id, onBack, onRun }: { id: string; onBack: () => void; onRun: (runId: string) => void }) {
  const { t } = useTranslation("runs");
  const found = useInfiniteQuery({ ...messagesQuery(id), refetchInterval: 5000 });
  const messages = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title={t("conversation.one")} actions={<Button icon={<ArrowLeft />} onClick={onBack}>{t("conversation.back")}</Button>}>
      <div className={styles.columns}>
        <ol className={styles.messages} aria-label={t("conversation.one")}>
          {found.isPending && <li><Card><Skeleton width="60%" /><Skeleton /></Card></li>}
          {found.isError && <li><ErrorCard title={t("conversation.notLoaded")} error={found.error} onRetry={() => void found.refetch()} /></li>}
          {found.isSuccess && messages.length === 0 && <li><EmptyState compact title={t("conversation.silent")} /></li>}
          {messages.map((message) => <li key={message.id}><Message message={message} onRun={onRun} /></li>)}
          {found.hasNextPage && <li className={styles.more}><Button loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("conversation.later")}</Button></li>}
        </ol>
        <Variables id={id} />
      </div>
    </Page>
  );
}

function Message({ message, onRun }: { message: ConversationMessage; onRun: (runId: string) => void }) {
  const { t } = useTranslation("runs");
  const { dateTime } = useFormat();
  const citations = message.citations.map((one) => ({ number: one.position, title: one.document_name ?? `#${one.position}`, content: one.content ?? "", ...(one.page ? { page: one.page } : {}), ...(one.hidden ? { hidden: true } : {}) }));
  return (
    <Card>
      <header className={styles.head}>
        <p className={styles.query}>{message.query}</p>
        <time className={styles.at} dateTime={message.created_at}>{dateTime(message.created_at)}</time>
      </header>
      {message.answer && <Markdown text={message.answer} citations={citations} />}
      {message.error && <ErrorCard compact error={message.error} title={t("conversation.failed")} />}
      {message.status === "paused" && <Waits runId={message.run_id} />}
      <MessageCase message={message} />
      <footer className={styles.foot}>
        <State tone={RUN_TONES[message.status]} live={message.status === "running"}>{t(message.status)}</State>
        <Button size="sm" variant="ghost" icon={<ArrowUpRight />} onClick={() => onRun(message.run_id)}>{t("conversation.openRun")}</Button>
      </footer>
    </Card>
  );
}

function Waits({ runId }: { runId: string }) {
  const run = useQuery({ ...runQuery(runId), refetchInterval: 5000 });
  const nodes = (run.data as { document?: { nodes?: { id: string; title: string }[] } } | undefined)?.document?.nodes ?? [];
  return <RunWaits runId={runId} waits={run.data?.waits ?? []} titleOf={(id) => nodes.find((node) => node.id === id)?.title || id} />;
}

function Variables({ id }: { id: string }) {
  const { t } = useTranslation("runs");
  const { ago } = useFormat();
  const found = useQuery({ ...variablesQuery(id), refetchInterval: 5000 });
  const items = found.data?.items ?? [];
  return (
    <aside className={styles.side}>
      <Card title={t("variables.title")} description={t("variables.lead")}>
        {found.isPending && <Skeleton width="70%" />}
        {found.isError && <ErrorCard compact title={t("variables.notLoaded")} error={found.error} />}
        {found.isSuccess && items.length === 0 && <p className={styles.quiet}>{t("variables.none")}</p>}
        {items.map((one) => (
          <section key={one.id} className={styles.variable}>
            <header className={styles.head}><code className={styles.name}>{one.name}</code><Tag mono>{one.value_type}</Tag></header>
            {one.description && <p className={styles.quiet}>{one.description}</p>}
            {one.hidden ? <p className={styles.quiet}>{t("variables.hidden")}</p> : <ValueList runId="" values={{ [t("variables.value")]: one.value }} />}
            <p className={styles.quiet}>{t("variables.changed", { when: ago(one.updated_at) })}</p>
          </section>
        ))}
      </Card>
    </aside>
  );
}
