/** What happened inside a node, step by step: what an agent thought, which tools it used, what they gave. */
import { Brain, Lightbulb, TriangleAlert, Wrench, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isObject, type NodeState } from "@/graph";
import { cx, ErrorCard, useFormat } from "@/kit";
import styles from "./Frames.module.css";
import tabs from "./Tabs.module.css";
import { Value } from "./Values";

type Step = NodeState["steps"][number];
const ICONS: Readonly<Record<string, LucideIcon>> = { model: Brain, tool: Wrench, thought: Lightbulb };

export function Steps({ steps }: { steps: readonly Step[] }) {
  const { t } = useTranslation("editor");
  if (steps.length === 0) return null;
  return (
    <section className={tabs.section}>
      <h5 className={tabs.caption}>{t("steps.title")}<span>{steps.length}</span></h5>
      <ol className={styles.steps}>{steps.map((step) => <OneStep key={step.index} step={step} last={step === steps.at(-1)} />)}</ol>
    </section>
  );
}

function OneStep({ step, last }: { step: Step; last: boolean }) {
  const { t } = useTranslation(["editor", "nodes"]);
  const { duration } = useFormat();
  const Icon = step.error ? TriangleAlert : (ICONS[step.kind] ?? Wrench);
  const look = step.error ? styles.bad : step.kind === "model" ? styles.model : styles.tool;
  const name = step.kind === "tool" ? t(`nodes:tools.${step.name}`, { defaultValue: step.name }) : t(`steps.${step.kind}`, { defaultValue: step.name });
  return (
    <li className={styles.step}>
      <span className={cx(styles.stepIcon, look)}><Icon size={11} strokeWidth={2.25} /></span>
      <details open={last || step.error !== null}>
        <summary className={styles.stepHead}>
          <span className={styles.stepName}>{name}</span>
          <span className={styles.stepBrief}>{briefOf(step)}</span>
          <span className={tabs.numbers}>{duration(step.elapsed_ms)}</span>
        </summary>
        <div className={styles.stepBody}>
          {step.error && <ErrorCard compact error={step.error} />}
          {step.kind === "model" ? <Said output={step.output} /> : <Called step={step} />}
          {step.kind === "model" && <More title={t("steps.asked")} value={step.input} />}
        </div>
      </details>
    </li>
  );
}

/** What a model thought, said and wished to use. */
function Said({ output }: { output: unknown }) {
  const { t } = useTranslation(["editor", "nodes"]);
  if (!isObject(output)) return <Part value={output} />;
  const calls = Array.isArray(output.calls) ? output.calls.filter(isObject) : [];
  return (
    <>
      {typeof output.reasoning === "string" && output.reasoning !== "" && <p className={cx(styles.thought, styles.quiet)}>{output.reasoning}</p>}
      <Part value={output.text} />
      {calls.map((call, i) => (
        <p key={i} className={styles.write}>
          <span>{t("steps.calls")}</span>
          <code>{nameOf(call.name ?? call.tool)}</code>
        </p>
      ))}
    </>
  );
}

/** What a tool was given, and what it gave. */
function Called({ step: { input, output } }: { step: Step }) {
  const { t } = useTranslation("editor");
  const given = isObject(input) && isObject(input.arguments) ? input.arguments : input;
  const gave = isObject(output) && typeof output.text === "string" && output.text !== "" ? output.text : output;
  return (
    <>
      <Part name={t("lastRun.inputs")} value={given} />
      <Part name={t("lastRun.outputs")} value={gave} />
    </>
  );
}

function More({ title, value }: { title: string; value: unknown }) {
  if (value === null || value === undefined) return null;
  return (
    <details>
      <summary className={styles.more}>{title}</summary>
      <Value name={title} value={value} />
    </details>
  );
}

function Part({ name = "", value }: { name?: string; value: unknown }) {
  if (value === null || value === undefined || value === "" || (isObject(value) && Object.keys(value).length === 0)) return null;
  return typeof value === "string" ? <div className={styles.thought}>{value}</div> : <Value name={name} value={value} />;
}

/** One line of what came out, or of what it was given. */
function briefOf({ kind, input, output }: Step): string {
  const said = isObject(output) && typeof output.text === "string" ? output.text : typeof output === "string" ? output : "";
  const calls = kind === "model" && isObject(output) && Array.isArray(output.calls) ? output.calls.filter(isObject).map((call) => nameOf(call.name ?? call.tool)) : [];
  const given = kind === "tool" && isObject(input) ? JSON.stringify(input.arguments ?? input) : "";
  const text = said !== "" ? said : calls.length > 0 ? calls.join(", ") : given;
  return text.replace(/\s+/g, " ").slice(0, 120);
}

const nameOf = (value: unknown) => (typeof value === "string" ? value : "");
