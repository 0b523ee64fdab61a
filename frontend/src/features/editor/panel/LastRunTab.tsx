/** What happened here in the run that is shown: time, tokens, error, what went in and what came out. */
import { Play } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { nodeById, traceOf, type GraphNode, type NodeState, type RunEvent } from "@/graph";
import { Button, ErrorCard, State, useFormat } from "@/kit";
import { useRunsOfEditor } from "../run/runsContext";
import { Waits } from "../run/waits/Waits";
import { useEditor, useEditorState } from "../store/context";
import { framePathSelector, nodeRunSelector, selectDoc } from "../store/selectors";
import type { EditorState } from "../store/state";
import { Frames } from "./Frames";
import { RunOne } from "./RunOne";
import { Steps } from "./Steps";
import styles from "./Tabs.module.css";
import { TimeBar } from "./TimeBar";
import { TONES } from "./tones";
import { Values } from "./Values";
import { Tries, Writes } from "./Writes";

const selectEvents = (state: EditorState) => state.run?.events;
const NO_EVENTS: readonly RunEvent[] = [];

export function LastRunTab({ node }: { node: GraphNode }) {
  const run = useEditorState(useMemo(() => nodeRunSelector(node.id), [node.id]));
  return (
    <div className={styles.stack}>
      <Round node={node} />
      {run ? <NodeRun node={node} run={run} /> : <NotRun />}
      <RunOne node={node} />
    </div>
  );
}

/** Which round of the container around it this tells of. */
function Round({ node }: { node: GraphNode }) {
  const { t } = useTranslation("editor");
  const doc = useEditorState(selectDoc);
  const path = useEditorState(useMemo(() => framePathSelector(node.id), [node.id]));
  if (node.parent === null || !path) return null;
  const index = Number(path.slice(path.lastIndexOf(":") + 1));
  return <p className={styles.round}>{t("frame.inRound", { name: nodeById(doc, node.parent)?.title ?? node.parent, number: index + 1 })}</p>;
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
  const events = useEditorState(selectEvents) ?? NO_EVENTS;
  const path = useEditorState(useMemo(() => framePathSelector(node.id), [node.id])) ?? "";
  const spans = useMemo(() => traceOf(events).spans.filter((span) => span.nodeId === node.id && span.frame === path), [events, node.id, path]);
  const facts = [
    run.elapsed_ms !== null && format.duration(run.elapsed_ms),
    run.usage && t("lastRun.tokens", { tokens: format.number(run.usage.total_tokens) }),
    run.attempt > 1 && t(run.elapsed_ms === null ? "card.attempt" : "card.tries", { count: run.attempt }),
  ].filter(Boolean);
  return (
    <>
      <div className={styles.status}>
        <State tone={TONES[run.status]} live={run.status === "running"}>{t(`runStatus.${run.status}`)}</State>
        <span className={styles.numbers}>{facts.join(" · ")}</span>
      </div>
      {run.error && <ErrorCard compact error={run.error} where={node.title} />}
      {run.status === "waiting" && <Waits only={{ nodeId: node.id, path }} />}
      <TimeBar run={run} spans={spans} />
      <Tries events={events} path={path} id={node.id} />
      <Frames id={node.id} />
      <Steps steps={run.steps} />
      {run.reasoning !== "" && <LongText title={t("lastRun.reasoning")} text={run.reasoning} quiet />}
      {run.text !== "" && run.status !== "finished" && <LongText title={t("lastRun.text")} text={run.text} />}
      <Values title={t("lastRun.inputs")} values={run.inputs} />
      <Values title={t("lastRun.outputs")} values={run.outputs} />
      <Writes events={events} path={path} id={node.id} />
      <Values title={t("lastRun.facts")} values={run.facts} labels={(name) => t(`facts.${name}`, { defaultValue: name })} />
    </>
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
