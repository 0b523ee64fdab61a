/** How well this knowledge base is searched: its test set, what runs over it measured, and settings that might do better. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { casesQuery, type Dataset, evaluationsQuery } from "@/api";
import { ErrorCard, Segmented, Skeleton } from "@/kit";
import { CasesView } from "./CasesView";
import styles from "./Evaluation.module.css";
import { NoCases } from "./NoCases";
import { ResultsView } from "./ResultsView";
import { SettingsView } from "./SettingsView";

const VIEWS = ["results", "cases", "settings"] as const;
type View = (typeof VIEWS)[number];

export function EvaluationTab({ dataset, onAsk }: { dataset: Dataset; onAsk: (question: string) => void }) {
  const { t } = useTranslation("evaluation");
  const [params, setParams] = useSearchParams();
  const asked = params.get("view");
  const cases = useInfiniteQuery(casesQuery(dataset.id));
  const evaluations = useQuery(evaluationsQuery(dataset.id));
  const view: View = VIEWS.find((one) => one === asked) ?? "results";
  const show = (next: View) =>
    setParams((now) => {
      const changed = new URLSearchParams(now);
      if (next === "results") changed.delete("view");
      else changed.set("view", next);
      return changed;
    }, { replace: true });
  if (cases.isPending || evaluations.isPending) return <Skeleton height={220} radius="var(--r3)" />;
  if (cases.isError || evaluations.isError) return <ErrorCard title={t("notLoaded")} error={cases.error ?? evaluations.error} onRetry={() => void Promise.all([cases.refetch(), evaluations.refetch()])} />;
  const hasCases = cases.data.pages.some((page) => page.items.length > 0);
  const making = evaluations.data.items.find((one) => one.kind === "generate" && one.finished_at === null);
  if (!hasCases && !making && view !== "cases") return <NoCases dataset={dataset} onMade={() => show("cases")} />;
  return (
    <div className={styles.tab}>
      <div>
        <Segmented<View> label={t("views")} value={view} onChange={show} options={VIEWS.map((one) => ({ value: one, label: t(`view.${one}`) }))} />
      </div>
      {view === "results" && <ResultsView dataset={dataset} evaluations={evaluations.data.items} onAsk={onAsk} />}
      {view === "cases" && <CasesView dataset={dataset} making={making ?? null} onAsk={onAsk} />}
      {view === "settings" && <SettingsView dataset={dataset} evaluations={evaluations.data.items} onAsk={onAsk} onAddCases={() => show("cases")} />}
    </div>
  );
}
