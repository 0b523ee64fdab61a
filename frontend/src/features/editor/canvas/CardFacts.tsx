/** The lines under a card's title. While something is wrong they give way to the cause, in one sentence. */
import { useTranslation } from "react-i18next";
import type { GraphNode, NodeState } from "@/graph";
import { cx, useErrorText, useFormat } from "@/kit";
import { Reference } from "../form/Reference";
import { metaOf, type Fact } from "../nodes";
import { BatchLine } from "./BatchLine";
import styles from "./Card.module.css";
import { shortOf, useFactView } from "./useFactView";

const OVER: ReadonlySet<NodeState["status"]> = new Set(["finished", "failed"]);

export function CardFacts({ node, run }: { node: GraphNode; run: NodeState | undefined }) {
  const { t } = useTranslation("editor");
  const view = useFactView(node);
  const meta = metaOf(node.kind);
  const facts = meta.facts?.(view) ?? [];
  const fromRun = run?.status === "finished" ? (meta.runFacts?.(run, view) ?? []) : [];
  const spoken = run?.status === "running" ? run.text.replace(/[*`#]+/g, "").trim() : "";
  const shown = [...facts, ...fromRun].slice(0, 3);
  return (
    <>
      {shown.map((fact, i) => <FactLine key={i} fact={fact} />)}
      {node.policy?.batch && <BatchLine id={node.id} batch={node.policy.batch} />}
      {spoken !== "" && <p className={cx(styles.fact, styles.spoken)}>{spoken.slice(-90)}</p>}
      {run?.status === "waiting" && <WaitLine run={run} />}
      {run && run.attempt > 1 && OVER.has(run.status) && <FactLine fact={{ type: "text", text: t("card.tries", { count: run.attempt }) }} />}
      {run?.error && <FailureLine run={run} />}
    </>
  );
}

/** Whom or what it waits for, and until when. */
function WaitLine({ run }: { run: NodeState }) {
  const { t } = useTranslation("editor");
  const { dateTime } = useFormat();
  const until = typeof run.wait?.expires_at === "number" ? dateTime(new Date(run.wait.expires_at * 1000).toISOString()) : null;
  const what = run.wait?.type === "form" ? t("card.waitingForm") : run.wait?.type === "event" ? t("wait.event", { name: String(run.wait.event ?? "") }) : "";
  const words = [what, until && t("card.until", { time: until })].filter(Boolean).join(" · ");
  return words === "" ? null : <p className={cx(styles.cause, styles.causeWarn)}><span className={styles.causeText}>{words}</span></p>;
}

function FailureLine({ run }: { run: NodeState }) {
  const { message } = useErrorText(run.error);
  return <p className={cx(styles.cause, run.status !== "failed" && styles.causeWarn)} title={message}><span className={styles.causeText}>{message}</span></p>;
}

function FactLine({ fact }: { fact: Fact }) {
  if (fact.type === "text") return <p className={styles.fact}><span className={styles.factText}>{fact.text}</span></p>;
  if (fact.type === "refs") {
    const short = fact.selectors.map(shortOf);
    return (
      <p className={styles.fact}>
        {fact.selectors.map((selector, i) => <Reference short={short.indexOf(short[i] ?? "") === short.lastIndexOf(short[i] ?? "")} key={selector.join(".")} selector={selector} />)}
      </p>
    );
  }
  return fact.fields.map((field) => (
    <p key={field.name} className={styles.fact}>
      <code className={styles.field}>{field.name}</code>
      <span className={styles.factText}>{field.type}</span>
    </p>
  ));
}
