/** Every question of a run with the place at which its passages came; unanswered ones first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Outcome, outcomesQuery } from "@/api";
import { Button, ErrorCard, Skeleton, Tag } from "@/kit";
import list from "./ChangedCases.module.css";
import styles from "./Evaluation.module.css";
import { bestRank } from "./measures";

export function Outcomes({ evaluationId, onAsk }: { evaluationId: string; onAsk: (question: string) => void }) {
  const { t } = useTranslation("evaluation");
  const [open, setOpen] = useState(false);
  return (
    <details className={styles.column} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("allQuestions")}</summary>
      {open && <Rows evaluationId={evaluationId} onAsk={onAsk} />}
    </details>
  );
}

function Rows({ evaluationId, onAsk }: { evaluationId: string; onAsk: (question: string) => void }) {
  const { t } = useTranslation("evaluation");
  const query = useInfiniteQuery(outcomesQuery(evaluationId));
  const outcomes = (query.data?.pages.flatMap((page) => page.items) ?? []).sort((a, b) => a.scores["ndcg@10"] - b.scores["ndcg@10"]);
  if (query.isPending) return <Skeleton height={120} radius="var(--r2)" />;
  if (query.isError) return <ErrorCard compact title={t("notLoaded")} error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <>
      <ul className={list.list}>
        {outcomes.map((outcome) => (
          <li key={outcome.case_id} className={list.row}>
            <button type="button" className={list.question} title={t("askThis")} onClick={() => onAsk(outcome.question)}>
              {outcome.question}
            </button>
            <RankTag outcome={outcome} />
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button size="sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("more")}
        </Button>
      )}
    </>
  );
}

function RankTag({ outcome }: { outcome: Outcome }) {
  const { t } = useTranslation("evaluation");
  const best = bestRank(outcome.found.map((one) => one.rank));
  return best === null ? <Tag tone="bad">{t("notFound")}</Tag> : <Tag tone={best <= 3 ? "ok" : "neutral"}>{t("rank", { rank: best })}</Tag>;
}
