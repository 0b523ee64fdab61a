/** One line of the log; opens to everything its event holds. The start of a round opens to what happened in it. */
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cx, errorText, useFormat } from "@/kit";
import { ValueList } from "../values/ValueList";
import { type Entry, type Line } from "./entries";
import styles from "./LogView.module.css";
import { sentenceOf, toneOf } from "./sentence";

export interface LogLineProps {
  runId: string;
  line: Extract<Line, { type: "entry" }>;
  titleOf: (id: string) => string;
  /** Says in which round it happened, where the lines around it do not. */
  placed: boolean;
  onFold: () => void;
}

export function LogLine({ runId, line, titleOf, placed, onFold }: LogLineProps) {
  const { t } = useTranslation("runs");
  const { t: errors } = useTranslation("errors");
  const format = useFormat();
  const [shown, setShown] = useState(false);
  const { entry, inside } = line;
  const folds = inside > 0;
  const isOpen = folds ? line.open : shown;
  return (
    <li className={styles.line} style={{ "--depth": line.depth } as React.CSSProperties}>
      <button type="button" className={styles.head} aria-expanded={isOpen} onClick={() => (folds ? onFold() : setShown(!shown))}>
        <ChevronRight size={13} className={styles.chevron} aria-hidden />
        <time className={styles.time} dateTime={entry.event.at} title={format.dateTime(entry.event.at)}>{clock(entry.ms)}</time>
        <i className={cx(styles.dot, styles[toneOf(entry)])} aria-hidden />
        <span className={styles.words}>
          {entry.nodeId !== null && <b>{titleOf(entry.nodeId)}</b>} <span>{sentenceOf(t, format, entry, (error) => errorText(error, errors).message)}</span>
          {placed && entry.frame !== "" && <small> · {placeOf(entry.frame, titleOf)}</small>}
          {folds && <small> · {t("log.inside", { count: inside })}</small>}
        </span>
      </button>
      {shown && !folds && <div className={styles.detail}><Detail runId={runId} entry={entry} /></div>}
    </li>
  );
}

const KNOWN = new Set(["type", "seq", "at", "node_id", "frame", "inputs", "outputs"]);

function Detail({ runId, entry: { event } }: { runId: string; entry: Entry }) {
  const { t } = useTranslation("runs");
  const facts = Object.fromEntries(Object.entries(event).filter(([name]) => !KNOWN.has(name)));
  const { inputs, outputs } = event as { inputs?: Record<string, unknown>; outputs?: Record<string, unknown> };
  return (
    <>
      {inputs && <ValueList runId={runId} title={t("data.inputs")} values={inputs} />}
      {outputs && <ValueList runId={runId} title={t("data.outputs")} values={outputs} />}
      <ValueList runId={runId} values={facts} />
      <p className={styles.seq}>{t("log.seq", { seq: event.seq })} · <code>{event.type}</code></p>
    </>
  );
}

/** 00:04.218: minutes, seconds and thousandths since the run began. */
function clock(ms: number): string {
  const pad = (value: number, length: number) => String(Math.floor(value)).padStart(length, "0");
  const hours = ms >= 3_600_000 ? `${Math.floor(ms / 3_600_000)}:` : "";
  return `${hours}${pad((ms / 60_000) % 60, 2)}:${pad((ms / 1000) % 60, 2)}.${pad(ms % 1000, 3)}`;
}

/** "Each article 4 / Retry 1". */
function placeOf(frame: string, titleOf: (id: string) => string): string {
  return frame.split("/").map((part) => {
    const cut = part.lastIndexOf(":");
    return `${titleOf(part.slice(0, cut))} ${Number(part.slice(cut + 1)) + 1}`;
  }).join(" / ");
}
