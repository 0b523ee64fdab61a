/** The test set: questions with what should be found for each, and where it was found last. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Download, FileUp, History, ListPlus, Plus, Search, Sparkles, Trash2 } from "lucide-react";
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Case, type CasesFile, casesQuery, type Dataset, type Evaluation, exportCasesUrl, useMay } from "@/api";
import { Button, Card, EmptyState, ErrorCard, Input, Menu, Skeleton } from "@/kit";
import { useSelection } from "../documents/useSelection";
import { VirtualList } from "../lists/VirtualList";
import { CaseDialog } from "./CaseDialog";
import { CaseRow } from "./CaseRow";
import styles from "./CasesView.module.css";
import { GenerateDialog } from "./GenerateDialog";
import { ImportDialog } from "./ImportDialog";
import { LogDialog } from "./LogDialog";
import { useCaseActions } from "./useCaseActions";
import { WorkBar } from "./WorkBar";

const FILES: readonly CasesFile[] = ["csv", "questions", "qrels"];
type Open = { what: "case"; edited: Case | null } | { what: "import" | "log" | "generate" } | null;

export function CasesView({ dataset, making, onAsk }: { dataset: Dataset; making: Evaluation | null; onAsk: (question: string) => void }) {
  const { t } = useTranslation("evaluation");
  const mayEdit = useMay("editor");
  const [words, setWords] = useState("");
  const [open, setOpen] = useState<Open>(null);
  const asked = useDeferredValue(words.trim());
  const query = useInfiniteQuery({ ...casesQuery(dataset.id, asked ? { text: asked } : {}), placeholderData: (before) => before });
  const actions = useCaseActions(dataset.id);
  const cases = useMemo(() => (query.data?.pages.flatMap((page) => page.items) ?? []).filter((one) => !actions.hidden.has(one.id)), [query.data, actions.hidden]);
  const selection = useSelection(useMemo(() => cases.map((one) => one.id), [cases]));
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  const close = () => setOpen(null);
  const key = useCallback((one: Case) => one.id, []);

  return (
    <Card flush>
      <div className={styles.tools}>
        <Input size="sm" icon={<Search />} value={words} aria-label={t("case.search")} placeholder={t("case.search")} className={styles.search} onChange={(event) => setWords(event.target.value)} />
        {selection.ids.size > 0 && mayEdit && (
          <Button
            size="sm"
            icon={<Trash2 />}
            onClick={() => {
              actions.remove(cases.filter((one) => selection.has(one.id)));
              selection.clear();
            }}
          >
            {t("case.deleteChosen", { count: selection.ids.size })}
          </Button>
        )}
        <Menu
          trigger={<Button size="sm" icon={<Download />} disabled={cases.length === 0}>{t("case.export")}</Button>}
          entries={FILES.map((form) => ({ label: t(`case.file.${form}`), onSelect: () => window.location.assign(exportCasesUrl(dataset.id, form)) }))}
        />
        {mayEdit && (
          <Menu
            trigger={<Button size="sm" variant="primary" icon={<Plus />}>{t("case.add")}</Button>}
            entries={[
              { icon: <ListPlus />, label: t("case.byHand"), onSelect: () => setOpen({ what: "case", edited: null }) },
              { icon: <History />, label: t("case.fromLog"), onSelect: () => setOpen({ what: "log" }) },
              { icon: <Sparkles />, label: t("case.byModel"), onSelect: () => setOpen({ what: "generate" }) },
              { icon: <FileUp />, label: t("case.fromFile"), onSelect: () => setOpen({ what: "import" }) },
            ]}
          />
        )}
      </div>
      {making && <div className={styles.pad}><WorkBar evaluation={making} /></div>}
      {actions.failure !== null && <div className={styles.pad}><ErrorCard compact title={t("case.notChanged")} error={actions.failure} /></div>}
      {query.isError && <div className={styles.pad}><ErrorCard compact title={t("notLoaded")} error={query.error} onRetry={() => void query.refetch()} /></div>}
      {query.isPending && <div className={styles.pad}><Skeleton height={160} radius="var(--r2)" /></div>}
      {query.isSuccess && cases.length === 0 && <EmptyState compact picture="search" title={t(asked ? "case.noneFound" : "case.none")} />}
      <VirtualList items={cases} itemKey={key} estimate={62} label={t("view.cases")} total={hasNextPage ? -1 : cases.length} onNearEnd={more}>
        {(one) => (
          <CaseRow
            one={one}
            ticked={selection.has(one.id)}
            readOnly={!mayEdit}
            onTick={(shift) => selection.toggle(one.id, shift)}
            onEdit={() => setOpen({ what: "case", edited: one })}
            onEnable={(on) => actions.enable(one.id, on)}
            onDelete={() => actions.remove([one])}
            onAsk={() => onAsk(one.question)}
          />
        )}
      </VirtualList>
      <CaseDialog datasetId={dataset.id} open={open?.what === "case"} edited={open?.what === "case" ? open.edited : null} onClose={close} onSaved={close} />
      <ImportDialog datasetId={dataset.id} open={open?.what === "import"} onClose={close} onDone={close} />
      <LogDialog datasetId={dataset.id} open={open?.what === "log"} onClose={close} />
      <GenerateDialog dataset={dataset} open={open?.what === "generate"} onClose={close} onStarted={close} />
    </Card>
  );
}
