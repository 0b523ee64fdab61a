/** What the run was asked and what came of it. */
import { ArrowLeft, CircleStop } from "lucide-react";
import { useTranslation } from "react-i18next";
import { stopRun, type Run } from "@/api";
import { isOver, sourcesOf, type RunState } from "@/graph";
import { Button, CodeBlock, ErrorCard, State, Tag, useFormat } from "@/kit";
import { Markdown } from "@/kit/chat";
import styles from "./RunView.module.css";
import { inputLine, RUN_TONES } from "./words";

export function RunHead({ run, state, onBack }: { run: Run; state: RunState; onBack: () => void }) {
  const { t } = useTranslation("runs");
  const { dateTime, duration, number } = useFormat();
  const asked = inputLine(run);
  const outputs = Object.keys(state.outputs).length > 0 && state.answer === "";
  const numbers = [
    dateTime(run.created_at),
    state.elapsed_ms !== null && duration(state.elapsed_ms),
    state.usage.total_tokens > 0 && `${number(state.usage.total_tokens)} tokens`,
  ].filter(Boolean);
  return (
    <header className={styles.head}>
      <div className={styles.line}>
        <Button size="sm" variant="ghost" icon={<ArrowLeft />} onClick={onBack}>{t("back")}</Button>
        <span className={styles.grow} />
        <Tag>{run.version === null ? t("draft") : `v${run.version}`}</Tag>
        <State tone={RUN_TONES[state.status]} live={state.status === "running"}>{t(state.status)}</State>
        {!isOver(state) && run.status === "running" && <Button size="sm" icon={<CircleStop />} onClick={() => void stopRun(run.id)}>{t("stop")}</Button>}
      </div>
      {asked && <p className={styles.asked}>{asked}</p>}
      <p className={styles.numbers}>{numbers.join(" · ")}</p>
      {state.error && <ErrorCard compact error={state.error} />}
      {state.answer !== "" && <div className={styles.answer}><Markdown text={state.answer} streaming={!isOver(state)} citations={sourcesOf(state)} /></div>}
      {outputs && <CodeBlock maxHeight={180} samples={[{ id: "outputs", label: t("result"), language: "json", code: JSON.stringify(state.outputs, null, 2) }]} />}
    </header>
  );
}
