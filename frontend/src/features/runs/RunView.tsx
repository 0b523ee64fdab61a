/** One run on its canvas, at any moment of it; the steps as a waterfall beside it. */
import { useCallback, useMemo, useState, type ComponentType } from "react";
import { useTranslation } from "react-i18next";
import type { RunCanvasProps } from "@/api";
import { eventsUntil, fold, traceOf } from "@/graph";
import { ErrorCard, Spinner } from "@/kit";
import { RunHead } from "./RunHead";
import styles from "./RunView.module.css";
import { TimeBar } from "./TimeBar";
import { useReplay } from "./useReplay";
import { useRunLog } from "./useRunLog";
import { Waterfall } from "./Waterfall";

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
  const [selected, setSelected] = useState<string | null>(null);
  const onSelect = useCallback((node: string | null) => setSelected(node), []);
  const shown = useMemo(() => {
    const until = replay.at === null ? events : eventsUntil(events, replay.at);
    return { state: fold(until), events: until };
  }, [events, replay.at]);
  if (error) return <div className={styles.failed}><ErrorCard title={t("runNotLoaded")} error={error} onRetry={retry} /></div>;
  if (!run || !kinds || document === undefined) return <div className={styles.loading}><Spinner size={22} /></div>;
  return (
    <div className={styles.page}>
      <div className={styles.canvas}>
        {document
          ? <Canvas document={document} kinds={kinds} run={shown} selected={selected} onSelect={onSelect} />
          : <p className={styles.noGraph}>{t("noGraph")}</p>}
      </div>
      <aside className={styles.side}>
        <RunHead run={run} state={shown.state} onBack={onBack} />
        <TimeBar trace={trace} replay={replay} />
        <Waterfall trace={trace} document={document} kinds={kinds} at={replay.at} selected={selected} onSelect={setSelected} />
      </aside>
    </div>
  );
}
