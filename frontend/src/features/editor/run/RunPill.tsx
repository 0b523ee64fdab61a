/** The run that the canvas shows, in one line at the top: its state, its numbers, and a way to put it away. */
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton, State, useFormat } from "@/kit";
import { RUN_TONES } from "../preview/RunResult";
import { useEditorState } from "../store/context";
import { selectIsRunning, selectRunState } from "../store/selectors";
import styles from "./RunPill.module.css";
import type { Runs } from "./useRuns";

export function RunPill({ runs }: { runs: Runs }) {
  const { t } = useTranslation("editor");
  const format = useFormat();
  const run = useEditorState(selectRunState);
  const running = useEditorState(selectIsRunning);
  if (!run) return null;
  const numbers = [
    run.elapsed_ms !== null && format.duration(run.elapsed_ms),
    run.usage.total_tokens > 0 && t("lastRun.tokens", { tokens: format.number(run.usage.total_tokens) }),
  ].filter(Boolean);
  return (
    <div className={styles.pill} role="status" data-run={run.status}>
      <State tone={RUN_TONES[run.status]} live={running}>{t(`runStatus.${run.status}`)}</State>
      {numbers.length > 0 && <span className={styles.numbers}>{numbers.join(" · ")}</span>}
      {!running && <IconButton size="sm" label={t("run.clear")} icon={<X />} onClick={runs.clear} />}
    </div>
  );
}
