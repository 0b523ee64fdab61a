/** What the run was asked and what came of it; which version ran, from where; stopping it, keeping its log. */
import { useMutation } from "@tanstack/react-query";
import { ArrowLeft, CircleStop, Download, MessagesSquare } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { runLogAddress, stopRun, useMay, type Run } from "@/api";
import { isOver, sourcesOf, type RunState } from "@/graph";
import { Button, ErrorCard, State, Tag, useFormat } from "@/kit";
import { Markdown } from "@/kit/chat";
import styles from "./RunView.module.css";
import { ValueList } from "./values/ValueList";
import { costOf, inputLine, RUN_TONES } from "./words";

export function RunHead({ run, state, onBack }: { run: Run; state: RunState; onBack: () => void }) {
  const { t, i18n } = useTranslation("runs");
  const { dateTime, duration, number } = useFormat();
  const mayStop = useMay("editor");
  const stop = useMutation({ mutationFn: () => stopRun(run.id) });
  const asked = inputLine(run);
  // A chat gives back its answer; what a workflow says while it runs, it gives back by name.
  const outputs = isOver(state) && Object.keys(state.outputs).some((name) => name !== "answer");
  const numbers = [
    dateTime(run.created_at),
    t(`source.${run.source}`, { defaultValue: run.source }),
    state.elapsed_ms !== null && duration(state.elapsed_ms),
    state.usage.total_tokens > 0 && t("tokens", { count: state.usage.total_tokens, number: number(state.usage.total_tokens) }),
    state.usage.cost > 0 && costOf(state.usage.cost, i18n.language),
  ].filter(Boolean);
  return (
    <header className={styles.head}>
      <div className={styles.line}>
        <Button size="sm" variant="ghost" icon={<ArrowLeft />} onClick={onBack}>{t("back")}</Button>
        <span className={styles.grow} />
        {run.version === null ? <Tag>{t("draft")}</Tag> : <Link to={`/apps/${run.app_id}/versions?show=${run.version}`}><Tag>v{run.version}</Tag></Link>}
        <State tone={RUN_TONES[state.status]} live={state.status === "running"}>{t(state.status)}</State>
      </div>
      {asked && <p className={styles.asked}>{asked}</p>}
      <p className={styles.numbers}>{numbers.join(" · ")}</p>
      {run.hidden && <p className={styles.numbers} role="note">{t("hidden")}</p>}
      <div className={styles.deeds}>
        {!isOver(state) && mayStop && <Button size="sm" icon={<CircleStop />} loading={stop.isPending} onClick={() => stop.mutate()}>{t("stop")}</Button>}
        <Button size="sm" variant="ghost" asChild><a href={runLogAddress(run.id)} download><Download />{t("download")}</a></Button>
        {run.conversation_id && <Button size="sm" variant="ghost" asChild><Link to={`/apps/${run.app_id}/runs?view=conversations&conversation=${run.conversation_id}`}><MessagesSquare />{t("conversation.open")}</Link></Button>}
      </div>
      {stop.isError && <ErrorCard compact title={t("notStopped")} error={stop.error} />}
      {state.error && <ErrorCard compact error={state.error} />}
      {state.answer !== "" && !outputs && <div className={styles.answer} tabIndex={0}><Markdown text={state.answer} streaming={state.status === "running"} citations={sourcesOf(state)} /></div>}
      {outputs && <div className={styles.answer} tabIndex={0}><ValueList runId={run.id} values={state.outputs} /></div>}
    </header>
  );
}
