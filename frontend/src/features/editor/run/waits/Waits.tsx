/** What the shown run waits for: a form to answer, a time, an event that can be sent from here. */
import { useQuery } from "@tanstack/react-query";
import { CalendarClock, Hourglass, Radio, UserRoundPen } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answerForm, sendEvent, uploadFile, uploadLimitQuery, useMay } from "@/api";
import { nodeById, waitingIn, type Waiting } from "@/graph";
import { Button, ErrorCard, useFormat } from "@/kit";
import { AskForm, type AskedForm } from "@/kit/ask";
import { useRunsOfEditor } from "../runsContext";
import { runIdOf } from "../runId";
import { useEditorState } from "../../store/context";
import { selectDoc } from "../../store/selectors";
import type { EditorState } from "../../store/state";
import { readForm, untilOf } from "./form";
import styles from "./Waits.module.css";

const selectRun = (state: EditorState) => state.run;

/** All of them, or only those of one node in the round that is shown. */
export function Waits({ only }: { only?: { nodeId: string; path: string } }) {
  const run = useEditorState(selectRun);
  const waiting = run ? waitingIn(run.state) : [];
  const shown = only ? waiting.filter(({ nodeId, path }) => nodeId === only.nodeId && path === only.path) : waiting;
  if (!run || shown.length === 0) return null;
  const runId = runIdOf(run);
  return shown.map((one) => <Wait key={`${one.path}/${one.nodeId}/${String(one.wait.key)}`} waiting={one} runId={runId} titled={!only} />);
}

function Wait({ waiting, runId, titled }: { waiting: Waiting; runId: string; titled: boolean }) {
  const doc = useEditorState(selectDoc);
  const { wait, nodeId } = waiting;
  const title = nodeById(doc, nodeId)?.title || nodeId;
  const form = wait.type === "form" ? readForm(wait, title) : null;
  const Icon = form ? UserRoundPen : wait.type === "event" ? Radio : wait.type === "time" ? CalendarClock : Hourglass;
  return (
    <section className={styles.wait} aria-label={title}>
      {titled && <h4 className={styles.title}><Icon size={14} />{title}</h4>}
      {form ? <Asked runId={runId} form={form} /> : <Until wait={wait} />}
      {wait.type === "event" && <EventWait runId={runId} name={String(wait.event ?? wait.name ?? "")} />}
    </section>
  );
}

/** Answered here as the person it was meant for would. */
function Asked({ runId, form }: { runId: string; form: AskedForm }) {
  const { t } = useTranslation("editor");
  const runs = useRunsOfEditor();
  const limit = useQuery(uploadLimitQuery).data ?? null;
  const mayAnswer = useMay("editor");
  // A run that was paused goes on in a new task: watch on.
  const answer = (action: string, inputs: Record<string, unknown>) => answerForm(runId, form.key, { action, inputs }).then(() => runs?.watch(runId));
  return <AskForm form={form} onSubmit={answer} sendFile={uploadFile} fileLimit={limit} readOnly={mayAnswer ? undefined : t("wait.editorsOnly")} />;
}

function EventWait({ runId, name }: { runId: string; name: string }) {
  const { t } = useTranslation("editor");
  const runs = useRunsOfEditor();
  const mayTell = useMay("editor");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const send = () => {
    setBusy(true);
    setError(null);
    sendEvent(runId, name, {}).then(() => runs?.watch(runId), setError).finally(() => setBusy(false));
  };
  return (
    <>
      <div className={styles.line}>
        <span>{t("wait.event", { name })}</span>
        {mayTell && <Button size="sm" loading={busy} onClick={send}>{t("wait.send")}</Button>}
      </div>
      {error ? <ErrorCard compact error={error} title={t("wait.refused")} /> : null}
    </>
  );
}

function Until({ wait }: { wait: Record<string, unknown> }) {
  const { t } = useTranslation("editor");
  const { dateTime, ago } = useFormat();
  const iso = untilOf(wait);
  return iso && <p className={styles.until}>{t(wait.type === "time" ? "wait.until" : "wait.expires", { time: dateTime(iso), ago: ago(iso) })}</p>;
}
