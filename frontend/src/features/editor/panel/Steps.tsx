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
          <Part name={t("lastRun.inputs")} value={step.input} />
          <Part name={t("lastRun.outputs")} value={step.output} />
        </div>
      </details>
    </li>
  );
}

function Part({ name, value }: { name: string; value: unknown }) {
  if (value === null || value === undefined || value === "") return null;
  const said = textOf(value);
  return said === null ? <Value name={name} value={value} /> : <div className={styles.thought}>{said}</div>;
}

/** One line of what came out, or of what went in. */
function briefOf({ input, output }: Step): string {
  const text = textOf(output) ?? textOf(input) ?? (isObject(input) ? JSON.stringify(input) : "");
  return text.replace(/\s+/g, " ").slice(0, 120);
}

function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  return isObject(value) && typeof value.text === "string" && value.text !== "" && Object.keys(value).length === 1 ? value.text : null;
}
