/** What a trigger has started lately, each with its run; what it could not start, with the reason. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { firingsQuery, type Firing, type Trigger } from "@/api";
import { Button, ErrorCard, Skeleton, State, useErrorText, useFormat } from "@/kit";
import styles from "./Triggers.module.css";

const TONES = { started: "ok", refused: "warn", failed: "bad" } as const;

export function Firings({ appId, trigger }: { appId: string; trigger: Trigger }) {
  const { t } = useTranslation("publish");
  const { ago } = useFormat();
  const [open, setOpen] = useState(false);
  const found = useInfiniteQuery({ ...firingsQuery(appId, trigger.id), enabled: open, refetchInterval: 10_000 });
  const last = trigger.last_firing;
  if (!last) return <p className={styles.quiet}>{t("firings.none")}</p>;
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={styles.firings}>
      <button type="button" className={styles.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight size={14} aria-hidden />
        {t("firings.last", { when: ago(last.at) })} <State tone={TONES[last.status]}>{t(`firings.${last.status}`)}</State>
      </button>
      {open && found.isPending && <Skeleton width="60%" />}
      {open && found.isError && <ErrorCard compact title={t("firings.notLoaded")} error={found.error} />}
      {open && <ol className={styles.history}>{items.map((firing) => <Row key={firing.id} appId={appId} firing={firing} />)}</ol>}
      {open && found.hasNextPage && <div><Button size="sm" variant="ghost" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("firings.more")}</Button></div>}
    </div>
  );
}

function Row({ appId, firing }: { appId: string; firing: Firing }) {
  const { t } = useTranslation("publish");
  const { dateTime } = useFormat();
  const { message } = useErrorText(firing.error);
  return (
    <li>
      <State tone={TONES[firing.status]}>{t(`firings.${firing.status}`)}</State>
      <time dateTime={firing.at}>{dateTime(firing.at)}</time>
      {firing.error && <span className={styles.reason}>{message}</span>}
      {firing.run_id && <Link to={`/apps/${appId}/runs?run=${firing.run_id}`}>{t("firings.run")}</Link>}
    </li>
  );
}
