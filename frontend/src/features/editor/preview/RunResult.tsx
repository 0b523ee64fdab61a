/** What came of the run: its outputs as their user would see them, or the error with the way to its cause. */
import { ArrowUpRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { nodeById, type NodeState, type RunState } from "@/graph";
import { Button, ErrorCard, Progress, State, useFormat, type Tone } from "@/kit";
import { Markdown } from "@/kit/chat";
import { useReveal } from "../canvas/useFit";
import { Value } from "../panel/Values";
import { Waits } from "../run/waits/Waits";
import { useEditor, useEditorState } from "../store/context";
import { selectDoc, selectRunState } from "../store/selectors";
import styles from "./RunPanel.module.css";

export const RUN_TONES: Record<RunState["status"], Tone> = {
  queued: "run",
  running: "run",
  paused: "warn",
  finished: "ok",
  failed: "bad",
  stopped: "neutral",
};

export function RunResult() {
  const { t } = useTranslation("editor");
  const format = useFormat();
  const run = useEditorState(selectRunState);
  if (!run) return null;
  const numbers = [
    run.elapsed_ms !== null && format.duration(run.elapsed_ms),
    run.usage.total_tokens > 0 && t("lastRun.tokens", { tokens: format.number(run.usage.total_tokens) }),
  ].filter(Boolean);
  const open = run.status === "queued" || run.status === "running";
  return (
    <div className={styles.result} aria-live="polite">
      <div className={styles.status}>
        <State tone={RUN_TONES[run.status]} live={open}>{t(`runStatus.${run.status}`)}</State>
        <span className={styles.quiet}>{numbers.join(" · ")}</span>
      </div>
      {open && <Steps run={run} />}
      <Waits />
      {run.error && <Failure run={run} />}
      <Outputs run={run} />
    </div>
  );
}

function Steps({ run }: { run: RunState }) {
  const { t } = useTranslation("editor");
  const doc = useEditorState(selectDoc);
  const states = Object.entries(run.nodes);
  const over = states.filter(([, node]) => !isBusy(node)).length;
  const now = states.filter(([, node]) => isBusy(node)).map(([id]) => nodeById(doc, id)?.title || id);
  const label = now.length > 0 ? now.join(", ") : t("run.waiting");
  const all = doc.nodes.filter((node) => node.parent === null).length;
  return <Progress value={all > 0 ? Math.min(over / all, 1) : 0} label={label} />;
}

function isBusy({ status }: NodeState): boolean {
  return status === "running" || status === "retrying" || status === "waiting";
}

function Failure({ run }: { run: RunState }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const doc = useEditorState(selectDoc);
  const reveal = useReveal();
  const node = run.error?.node_id ? nodeById(doc, run.error.node_id) : undefined;
  const go = () => {
    if (!node) return;
    editor.open(node.id, { tab: "run" });
    reveal(node.id);
  };
  return (
    <ErrorCard
      compact
      error={run.error}
      where={node?.title}
      actions={node && <Button size="sm" icon={<ArrowUpRight />} onClick={go}>{t("run.showNode")}</Button>}
    />
  );
}

function Outputs({ run }: { run: RunState }) {
  const entries = Object.entries(run.outputs);
  if (run.status !== "finished" || entries.length === 0) return null;
  return entries.map(([name, value]) =>
    typeof value === "string" && value.length > 48 ? (
      <div key={name} className={styles.output}>
        <code className={styles.outputName}>{name}</code>
        <Markdown text={value} />
      </div>
    ) : (
      <Value key={name} name={name} value={value} />
    ),
  );
}
