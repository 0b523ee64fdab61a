/** The state of a node in the corner of its card: of the run if there is one, else what is wrong with it. */
import { Check, CircleAlert, Clock, Hourglass, RotateCw, Square, TriangleAlert, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Fault, NodeState } from "@/graph";
import { cx, Tooltip, useFormat } from "@/kit";
import { useFaultText } from "../data/faultText";
import { useEditorState } from "../store/context";
import { selectReadOnly } from "../store/selectors";
import styles from "./Card.module.css";

export function CardStatus({ run, faults }: { run: NodeState | undefined; faults: readonly Fault[] }) {
  if (run) return <RunStatus run={run} />;
  return faults.length > 0 ? <FaultMark faults={faults} /> : null;
}

function FaultMark({ faults }: { faults: readonly Fault[] }) {
  const textOf = useFaultText();
  const errors = faults.some((fault) => fault.severity === "error");
  const text = faults.map(textOf).join("\n");
  return (
    <Tooltip text={text} side="top">
      <span className={cx(styles.status, errors ? styles.bad : styles.warn)} tabIndex={0} role="img" aria-label={text}>
        {errors ? <CircleAlert size={14} /> : <TriangleAlert size={14} />}
        {faults.length > 1 && faults.length}
      </span>
    </Tooltip>
  );
}

function RunStatus({ run }: { run: NodeState }) {
  const { t } = useTranslation("editor");
  const { duration } = useFormat();
  const replayed = useEditorState(selectReadOnly);
  const time = run.elapsed_ms === null ? "" : duration(run.elapsed_ms);
  switch (run.status) {
    case "finished":
      return <span className={cx(styles.status, styles.ok)}><Check size={12} strokeWidth={2.5} />{time}</span>;
    case "failed":
      return <span className={cx(styles.status, styles.bad)}><X size={12} strokeWidth={2.5} />{time}</span>;
    case "retrying":
      return <span className={cx(styles.status, styles.warn)}><RotateCw size={11} />{t("card.attempt", { count: run.attempt })}</span>;
    case "waiting":
      return <span className={cx(styles.status, styles.warn)}><Hourglass size={11} />{t("card.waiting")}</span>;
    case "skipped":
      return <span className={styles.status}>{t("card.skipped")}</span>;
    case "stopped":
      return <span className={styles.status}><Square size={10} fill="currentColor" />{t("card.stopped")}</span>;
    default:
      return <span className={cx(styles.status, styles.run)}>{run.text ? <i className={styles.dot} /> : <Clock size={11} />}{!replayed && <Elapsed />}</span>;
  }
}

/** Counts while the node works; the exact time comes with its end. */
function Elapsed() {
  const [since] = useState(Date.now);
  const [now, setNow] = useState(since);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(timer);
  }, []);
  return <>{((now - since) / 1000).toFixed(1)} s</>;
}
