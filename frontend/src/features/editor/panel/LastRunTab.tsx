/** What happened here in the run that is shown: time, tokens, error, what went in and what came out. */
import { Play } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { traceOf, type GraphNode, type NodeState, type Span } from "@/graph";
import { Button, ErrorCard, State, useFormat, type Tone } from "@/kit";
import { useRunsOfEditor } from "../run/runsContext";
import { useEditor, useEditorState } from "../store/context";
import { nodeRunSelector } from "../store/selectors";
import type { EditorState } from "../store/state";
import styles from "./Tabs.module.css";
import { TimeBar } from "./TimeBar";
import { Values } from "./Values";

const TONES: Record<NodeState["status"], Tone> = {
  running: "run",
  retrying: "warn",
  waiting: "warn",
  finished: "ok",
  failed: "bad",
  skipped: "neutral",
  stopped: "neutral",
};
const selectEvents = (state: EditorState) => state.run?.events;
const NO_SPANS: Span[] = [];

export function LastRunTab({ node }: { node: GraphNode }) {
  const run = useEditorState(useMemo(() => nodeRunSelector(node.id), [node.id]));
  return run ? <NodeRun node={node} run={run} /> : <NotRun />;
}

function NotRun() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const runs = useRunsOfEditor();
  return (
    <div className={styles.empty}>
      <p>{t(runs ? "lastRun.none" : "lastRun.notReached")}</p>
      {runs && <Button icon={<Play />} onClick={() => editor.show({ preview: true })}>{t("topbar.run")}</Button>}
    </div>
  );
}

function NodeRun({ node, run }: { node: GraphNode; run: NodeState }) {
  const { t } = useTranslation("editor");
  const format = useFormat();
  const events = useEditorState(selectEvents);
  const spans = useMemo(() => (events ? traceOf(events).spans.filter((span) => span.nodeId === node.id) : NO_SPANS), [events, node.id]);
  const facts = [
    run.elapsed_ms !== null && format.duration(run.elapsed_ms),
    run.usage && t("lastRun.tokens", { tokens: format.number(run.usage.total_tokens) }),
    run.attempt > 1 && t(run.elapsed_ms === null ? "card.attempt" : "card.tries", { count: run.attempt }),
  ].filter(Boolean);
  return (
    <div className={styles.stack}>
      <div className={styles.status}>
        <State tone={TONES[run.status]} live={run.status === "running"}>{t(`runStatus.${run.status}`)}</State>
        <span className={styles.numbers}>{facts.join(" · ")}</span>
      </div>
      {run.error && <ErrorCard compact error={run.error} where={node.title} />}
      <TimeBar run={run} spans={spans} />
      {run.reasoning !== "" && <LongText title={t("lastRun.reasoning")} text={run.reasoning} quiet />}
      {run.text !== "" && run.status !== "finished" && <LongText title={t("lastRun.text")} text={run.text} />}
      <Values title={t("lastRun.inputs")} values={run.inputs} />
      <Values title={t("lastRun.outputs")} values={run.outputs} />
      <Values title={t("lastRun.facts")} values={run.facts} />
    </div>
  );
}

function LongText({ title, text, quiet = false }: { title: string; text: string; quiet?: boolean }) {
  return (
    <section className={styles.section}>
      <h5 className={styles.caption}>{title}</h5>
      <div className={quiet ? `${styles.text} ${styles.reasoning}` : styles.text}>{text}</div>
    </section>
  );
}
