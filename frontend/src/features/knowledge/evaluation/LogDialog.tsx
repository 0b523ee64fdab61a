/** Cases from what people asked: ticked questions join the test set, to be judged. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { casesFromLog, evaluationKeys, queriesQuery } from "@/api";
import { Button, Checkbox, Dialog, EmptyState, ErrorCard, Skeleton, Tag, useFormat } from "@/kit";
import { Tick } from "../parts/Tick";
import { useSelection } from "../documents/useSelection";
import styles from "./CasesView.module.css";

export function LogDialog({ datasetId, open, onClose }: { datasetId: string; open: boolean; onClose: () => void }) {
  const { t } = useTranslation("evaluation");
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t("log.title")} description={t("log.text")} width="lg">
      <Log datasetId={datasetId} onClose={onClose} />
    </Dialog>
  );
}

function Log({ datasetId, onClose }: { datasetId: string; onClose: () => void }) {
  const { t } = useTranslation("evaluation");
  const format = useFormat();
  const client = useQueryClient();
  const [unanswered, setUnanswered] = useState(false);
  const query = useInfiniteQuery(queriesQuery(datasetId, { unanswered: unanswered || "" }));
  const asked = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const selection = useSelection(useMemo(() => asked.filter((one) => !one.has_case).map((one) => one.id), [asked]));
  const make = useMutation({
    mutationFn: () => casesFromLog(datasetId, [...selection.ids]),
    onSuccess: async () => {
      await Promise.all([evaluationKeys.cases(datasetId), evaluationKeys.queries(datasetId)].map((queryKey) => client.invalidateQueries({ queryKey })));
      onClose();
    },
  });
  return (
    <div className={styles.form}>
      <Checkbox checked={unanswered} label={t("log.unanswered")} onChange={setUnanswered} />
      {query.isPending && <Skeleton height={140} radius="var(--r2)" />}
      {query.isError && <ErrorCard compact title={t("notLoaded")} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && asked.length === 0 && <EmptyState compact picture="chat" title={t("log.none")} text={t("log.noneText")} />}
      <ul className={styles.log}>
        {asked.map((one) => (
          <li key={one.id}>
            <Tick checked={selection.has(one.id)} disabled={one.has_case} label={t("log.tick", { text: one.text.slice(0, 60) })} onChange={(_, shift) => selection.toggle(one.id, shift)} />
            <div>
              {one.text} {one.has_case && <Tag>{t("log.has")}</Tag>}
              <br />
              <span>{[t(`log.from.${one.origin}`), t("log.found", { count: one.hit_count }), format.ago(one.created_at)].join(" · ")}</span>
            </div>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button size="sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("more")}
        </Button>
      )}
      {make.isError && <ErrorCard compact title={t("case.notSaved")} error={make.error} />}
      <div className={styles.buttons}>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button variant="primary" disabled={selection.ids.size === 0} loading={make.isPending} onClick={() => make.mutate()}>
          {t("log.make", { count: selection.ids.size })}
        </Button>
      </div>
    </div>
  );
}
