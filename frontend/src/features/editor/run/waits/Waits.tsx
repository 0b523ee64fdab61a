/** What the shown run waits for: a form to answer, a time, an event that can be sent from here. */
import { CalendarClock, Hourglass, Radio, UserRoundPen } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answerForm, sendEvent } from "@/api";
import { nodeById, waitingIn, type RunEvent, type Waiting } from "@/graph";
import { Button, ErrorCard, useFormat } from "@/kit";
import { useRunsOfEditor } from "../runsContext";
import { runIdOf } from "../runId";
import { useEditorState } from "../../store/context";
import { selectDoc } from "../../store/selectors";
import type { EditorState } from "../../store/state";
import { readForm } from "./form";
import { WaitForm } from "./WaitForm";
import styles from "./Waits.module.css";

const selectRun = (state: EditorState) => state.run;

/** All of them, or only those of one node in the round that is shown. */
export function Waits({ only }: { only?: { nodeId: string; path: string } }) {
  const run = useEditorState(selectRun);
  const waiting = run ? waitingIn(run.state) : [];
  const shown = only ? waiting.filter(({ nodeId, path }) => nodeId === only.nodeId && path === only.path) : waiting;
  if (!run || shown.length === 0) return null;
  const runId = runIdOf(run);
  return shown.map((one) => <Wait key={`${one.path}/${one.nodeId}/${String(one.wait.key)}`} waiting={one} runId={runId} events={run.events} titled={!only} />);
}

function Wait({ waiting, runId, titled }: { waiting: Waiting; runId: string; events: readonly RunEvent[]; titled: boolean }) {
  const { t } = useTranslation("editor");
  const doc = useEditorState(selectDoc);
  const act = useAct(runId);
  const { wait, nodeId } = waiting;
  const form = wait.type === "form" ? readForm(wait) : null;
  const Icon = form ? UserRoundPen : wait.type === "event" ? Radio : wait.type === "time" ? CalendarClock : Hourglass;
  return (
    <section className={styles.wait} aria-label={nodeById(doc, nodeId)?.title ?? nodeId}>
      {titled && <h4 className={styles.title}><Icon size={14} />{nodeById(doc, nodeId)?.title ?? nodeId}</h4>}
      {form && <WaitForm form={form} busy={act.busy} onAnswer={(action, inputs) => act.run(() => answerForm(runId, form.key, { action, inputs }))} />}
      {wait.type === "event" && <EventWait name={String(wait.event ?? wait.name ?? "")} busy={act.busy} onSend={(name) => act.run(() => sendEvent(runId, name, null))} />}
      <Until wait={wait} />
      {act.error ? <ErrorCard compact error={act.error} title={t("wait.refused")} /> : null}
    </section>
  );
}

function EventWait({ name, busy, onSend }: { name: string; busy: boolean; onSend: (name: string) => void }) {
  const { t } = useTranslation("editor");
  return (
    <div className={styles.line}>
      <span>{t("wait.event", { name })}</span>
      <Button size="sm" loading={busy} onClick={() => onSend(name)}>{t("wait.send")}</Button>
    </div>
  );
}

function Until({ wait }: { wait: Record<string, unknown> }) {
  const { t } = useTranslation("editor");
  const { dateTime, ago } = useFormat();
  if (typeof wait.expires_at !== "number") return null;
  const iso = new Date(wait.expires_at * 1000).toISOString();
  return <p className={styles.until}>{t(wait.type === "time" ? "wait.until" : "wait.expires", { time: dateTime(iso), ago: ago(iso) })}</p>;
}

/** Does something to the run, and watches on: a run that was paused goes on in a new task. */
function useAct(runId: string) {
  const runs = useRunsOfEditor();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = (deed: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    deed()
      .then(() => runs?.watch(runId), setError)
      .finally(() => setBusy(false));
  };
  return { busy, error, run };
}
