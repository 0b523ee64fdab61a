/** One run on its canvas, at any moment of it; its steps, its log and its data beside it. */
import { Maximize2, Minimize2 } from "lucide-react";
import { useCallback, useMemo, useState, type ComponentType } from "react";
import { useTranslation } from "react-i18next";
import type { RunCanvasProps } from "@/api";
import { eventsUntil, fold, nodeById, traceOf } from "@/graph";
import { Badge, cx, ErrorCard, IconButton, Spinner, TabPanel, Tabs } from "@/kit";
import { DataTab } from "./DataTab";
import { LogView } from "./log/LogView";
import { RunHead } from "./RunHead";
import styles from "./RunView.module.css";
import { TimeBar } from "./TimeBar";
import { useReplay } from "./useReplay";
import { useRunLog } from "./useRunLog";
import { RunWaits } from "./waits/RunWaits";
import { Waterfall } from "./Waterfall";

const TABS = ["steps", "log", "data"] as const;
type Tab = "waits" | (typeof TABS)[number];

/** There the graph has no room beside anything. */
const PHONE = "(max-width: 560px)";

export interface RunViewProps {
  appId: string;
  runId: string;
  Canvas: ComponentType<RunCanvasProps>;
  onBack: () => void;
}

export function RunView({ appId, runId, Canvas, onBack }: RunViewProps) {
  const { t } = useTranslation("runs");
  const { run, document, kinds, events, error, retry } = useRunLog(appId, runId);
  const trace = useMemo(() => traceOf(events), [events]);
  const replay = useReplay(trace.totalMs);
  const [chosen, setTab] = useState<Tab | null>(null);
  const [wide, setWide] = useState(() => matchMedia(PHONE).matches);
  const [selected, setSelected] = useState<string | null>(null);
  const onSelect = useCallback((node: string | null) => setSelected(node), []);
  const shown = useMemo(() => {
    const until = replay.at === null ? events : eventsUntil(events, replay.at);
    return { state: fold(until), events: until };
  }, [events, replay.at]);
  if (error) return <div className={styles.failed}><ErrorCard title={t("runNotLoaded")} error={error} onRetry={retry} /></div>;
  if (!run || !kinds || document === undefined) return <div className={styles.loading}><Spinner size={22} /></div>;
  const paused = run.status === "paused";
  const tabs: Tab[] = paused ? ["waits", ...TABS] : [...TABS];
  const tab = chosen && tabs.includes(chosen) ? chosen : (tabs[0] ?? "steps");
  const titleOf = (id: string) => (document ? nodeById(document, id)?.title : undefined) ?? id;
  return (
    <div className={cx(styles.page, wide && styles.wide)}>
      {!wide && (
        <div className={styles.canvas}>
          {document
            ? <Canvas document={document} kinds={kinds} run={shown} selected={selected} onSelect={onSelect} />
            : <p className={styles.noGraph}>{t("noGraph")}</p>}
        </div>
      )}
      <aside className={styles.side}>
        <RunHead run={run} state={shown.state} onBack={onBack} />
        <TimeBar trace={trace} replay={replay} />
        <Tabs<Tab> value={tab} onChange={setTab} label={t("tab.label")} inset tabs={tabs.map((value) => ({ value, label: t(`tab.${value}`), badge: value === "waits" && <Badge tone="warn">{run.waits?.length ?? 0}</Badge> }))}>
          <div className={styles.widen}><IconButton size="sm" label={t(wide ? "showCanvas" : "hideCanvas")} icon={wide ? <Minimize2 /> : <Maximize2 />} onClick={() => setWide(!wide)} /></div>
          {paused && <TabPanel value="waits"><div className={styles.waits}><RunWaits runId={runId} waits={run.waits ?? []} titleOf={titleOf} /></div></TabPanel>}
          <TabPanel value="steps"><Waterfall trace={trace} document={document} kinds={kinds} at={replay.at} selected={selected} onSelect={setSelected} /></TabPanel>
          <TabPanel value="log"><LogView runId={runId} events={shown.events} document={document} /></TabPanel>
          <TabPanel value="data"><DataTab run={run} state={shown.state} events={shown.events} document={document} /></TabPanel>
        </Tabs>
      </aside>
    </div>
  );
}
