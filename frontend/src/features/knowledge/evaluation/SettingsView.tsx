/** Settings that might do better: two beside each other, or a search through many. */
import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Dataset, type Evaluation, retrievalSettingsQuery, useMay } from "@/api";
import { Button, Card, ErrorCard, Skeleton } from "@/kit";
import { CompareCard } from "./CompareCard";
import styles from "./Evaluation.module.css";
import { isOpen } from "./measures";
import { SearchResultView } from "./SearchResultView";
import { useStart } from "./useStart";
import { WorkBar } from "./WorkBar";

export function SettingsView({ dataset, evaluations, onAsk, onAddCases }: { dataset: Dataset; evaluations: readonly Evaluation[]; onAsk: (question: string) => void; onAddCases: () => void }) {
  const { t } = useTranslation("evaluation");
  const mayEdit = useMay("editor");
  const stored = useQuery(retrievalSettingsQuery(dataset.id));
  const start = useStart(dataset.id);
  const searching = evaluations.find((one) => one.kind === "search");
  const comparing = evaluations.find((one) => one.kind === "compare");
  if (stored.isPending) return <Skeleton height={200} radius="var(--r3)" />;
  if (stored.isError) return <ErrorCard title={t("notLoaded")} error={stored.error} onRetry={() => void stored.refetch()} />;
  return (
    <div className={styles.column}>
      <Card
        title={t("search.title")}
        description={t("search.text")}
        actions={
          mayEdit && (
            <Button variant="primary" icon={<Search />} disabled={searching !== undefined && isOpen(searching)} loading={start.isPending} onClick={() => start.mutate({ kind: "search" })}>
              {t("search.button")}
            </Button>
          )
        }
      >
        {start.isError && <ErrorCard compact title={t("notStarted")} error={start.error} />}
        {searching && isOpen(searching) && <WorkBar evaluation={searching} />}
        {searching?.error && <ErrorCard compact title={t("search.failed")} error={searching.error} />}
        {searching?.status === "done" && <SearchResultView key={searching.id} evaluation={searching} stored={stored.data} mayApply={mayEdit} onAddCases={onAddCases} />}
      </Card>
      <CompareCard dataset={dataset} stored={stored.data} last={comparing ?? null} mayEdit={mayEdit} onAsk={onAsk} />
    </div>
  );
}
