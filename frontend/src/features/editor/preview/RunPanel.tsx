/** A workflow as its user sees it: the form, then what came of it. */
import { CircleStop, Play, X } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, ErrorCard, IconButton, Kbd } from "@/kit";
import type { Runs } from "../run/useRuns";
import { useEditor, useEditorState } from "../store/context";
import { selectDoc, selectIsRunning, selectKinds } from "../store/selectors";
import { InputField } from "./InputField";
import { recallInputs, rememberInputs } from "./lastInputs";
import styles from "./RunPanel.module.css";
import { RunResult } from "./RunResult";
import { firstInputs, missingInputs, startVariables, type Inputs } from "./startVariables";

/** The form that ⌘Enter sends. */
export const RUN_FORM = "weft-run-form";

export function RunPanel({ appId, runs }: { appId: string; runs: Runs }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const doc = useEditorState(selectDoc);
  const kinds = useEditorState(selectKinds);
  const running = useEditorState(selectIsRunning);
  const variables = useMemo(() => startVariables(doc, kinds), [doc, kinds]);
  const [given, setGiven] = useState<Inputs>(() => recallInputs(appId));
  const [asked, setAsked] = useState(false);
  const inputs = useMemo(() => firstInputs(variables, given), [variables, given]);
  const missing = asked ? missingInputs(variables, inputs) : [];
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (running || missingInputs(variables, inputs).length > 0) return;
    rememberInputs(appId, inputs);
    runs.start({ inputs }).catch(() => undefined);
  };
  return (
    <section className={styles.panel} aria-label={t("run.title")}>
      <header className={styles.head}>
        <Play size={15} />
        <h3 className={styles.title}>{t("run.title")}</h3>
        <IconButton label={t("panel.close")} icon={<X />} onClick={() => editor.show({ preview: false })} />
      </header>
      <form id={RUN_FORM} className={styles.body} onSubmit={submit}>
        {variables.length === 0 && <p className={styles.quiet}>{t("run.noInputs")}</p>}
        {variables.map((variable) => (
          <InputField
            key={variable.name}
            variable={variable}
            value={inputs[variable.name]}
            missing={missing.includes(variable.name)}
            onChange={(value) => setGiven((now) => ({ ...firstInputs(variables, now), [variable.name]: value }))}
          />
        ))}
        {running
          ? <Button block icon={<CircleStop />} onClick={() => void runs.stop()}>{t("topbar.stop")}</Button>
          : <Button block variant="primary" type="submit" icon={<Play />} loading={runs.starting}>{t("topbar.run")}<Kbd keys="mod+enter" quiet /></Button>}
        {runs.error ? <ErrorCard compact error={runs.error} /> : null}
        <RunResult />
      </form>
    </section>
  );
}
