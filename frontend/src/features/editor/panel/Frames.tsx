/** The rounds of a container, or the runs of what a node runs: which is shown, what went in and what came out. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { framesOf, inFrame, nodeById, type FrameRef, type NodeState, type RunState } from "@/graph";
import { cx, ErrorCard, State, useFormat } from "@/kit";
import { useRounds } from "../canvas/Rounds";
import { useEditor, useEditorState } from "../store/context";
import { framePathSelector, selectDoc } from "../store/selectors";
import type { EditorState } from "../store/state";
import styles from "./Frames.module.css";
import tabs from "./Tabs.module.css";
import { TONES } from "./tones";
import { Value } from "./Values";

const selectRun = (state: EditorState) => state.run?.state ?? null;
/** More than these would be a wall of boxes; the ones around the shown round stay. */
const MOST = 120;

export function Frames({ id }: { id: string }) {
  const run = useEditorState(selectRun);
  const path = useEditorState(useMemo(() => framePathSelector(id), [id]));
  const rounds = useRounds(id);
  if (!run || path === null || !rounds) return null;
  const frames = framesOf(run, path, id);
  if (frames.length === 0) return null;
  const shown = frames.find(({ index }) => index === rounds.index) ?? frames.at(-1);
  return (
    <>
      <Strip frames={frames} shown={shown?.index ?? 0} of={rounds.of} lookKey={inFrame(path, id)} />
      {shown && <OneFrame key={shown.path} shown={shown} run={run} />}
    </>
  );
}

function Strip({ frames, shown, of, lookKey }: { frames: readonly FrameRef[]; shown: number; of: number | null; lookKey: string }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const done = frames.filter(({ frame }) => frame.status !== "running").length;
  const from = Math.max(0, Math.min(shown - MOST / 2, frames.length - MOST));
  const look = (index: number) => editor.show({ looks: { ...editor.store.get().looks, [lookKey]: index } });
  return (
    <section className={tabs.section}>
      <h5 className={tabs.caption}>{t("frame.rounds")}<span>{of === null ? t("frame.doneOpen", { count: done }) : t("frame.done", { done, of })}</span></h5>
      <div className={styles.strip} role="radiogroup" aria-label={t("frame.choose")}>
        {frames.slice(from, from + MOST).map(({ index, frame }) => (
          <button key={index} type="button" role="radio" aria-checked={index === shown} aria-label={`${t("frame.round", { number: index + 1 })}: ${t(`runStatus.${frame.status}`)}`} className={cx(styles.chip, styles[frame.status])} onClick={() => look(index)}>{index + 1}</button>
        ))}
        {frames.length > MOST && <label className={styles.jump}>{t("frame.jump")}<input type="number" min={1} max={frames.length} value={shown + 1} onChange={(event) => look(Math.min(Math.max(Number(event.target.value) || 1, 1), frames.length) - 1)} /></label>}
      </div>
    </section>
  );
}

function OneFrame({ shown: { index, frame }, run }: { shown: FrameRef; run: RunState }) {
  const { t } = useTranslation("editor");
  const format = useFormat();
  const doc = useEditorState(selectDoc);
  const strange = Object.entries(frame.nodes).filter(([id]) => !nodeById(doc, id));
  return (
    <section className={tabs.section}>
      <div className={tabs.status}>
        <h5 className={tabs.caption}>{t("frame.round", { number: index + 1 })}</h5>
        <State tone={TONES[frame.status]} live={frame.status === "running" && run.status === "running"}>{t(`runStatus.${frame.status}`)}</State>
        <span className={tabs.numbers}>{frame.elapsed_ms !== null && format.duration(frame.elapsed_ms)}</span>
      </div>
      {frame.error && <ErrorCard compact error={frame.error} />}
      {frame.output !== null && frame.output !== undefined && <Value name={t("frame.gave")} value={frame.output} />}
      {strange.length > 0 && <ol className={styles.nodes}>{strange.map(([id, node]) => <Inner key={id} id={id} node={node} />)}</ol>}
    </section>
  );
}

/** A node of another app, run in here: it is on no canvas of ours. */
function Inner({ id, node }: { id: string; node: NodeState }) {
  const { t } = useTranslation("editor");
  const { duration } = useFormat();
  return (
    <li className={styles.node}>
      <details>
        <summary className={styles.summary}>
          <State tone={TONES[node.status]}>{t(`runStatus.${node.status}`)}</State>
          <code>{id}</code>
          <span className={tabs.numbers}>{node.elapsed_ms !== null && duration(node.elapsed_ms)}</span>
        </summary>
        {node.error && <ErrorCard compact error={node.error} />}
        {Object.entries(node.outputs).map(([name, value]) => <Value key={name} name={name} value={value} />)}
      </details>
    </li>
  );
}
