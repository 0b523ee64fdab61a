/** Every try of every node as a bar in time, in the colour of its family. A row opens its node. */
import { ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { inFrame, nodeById, type Definition, type Kinds, type Span, type Trace } from "@/graph";
import { cx, useFormat } from "@/kit";
import { rowsOf } from "./rows";
import styles from "./Waterfall.module.css";

interface WaterfallProps {
  trace: Trace;
  document: Definition | null;
  kinds: Kinds;
  at: number | null;
  selected: string | null;
  onSelect: (node: string) => void;
}

const COLOURS: Record<string, string> = { io: "io", model: "model", knowledge: "know", logic: "logic", code: "code", tool: "tool", human: "human" };

export function Waterfall({ trace, document, kinds, at, selected, onSelect }: WaterfallProps) {
  const { t } = useTranslation("runs");
  const title = (id: string) => (document ? nodeById(document, id)?.title : undefined) ?? id;
  const total = Math.max(trace.totalMs, 1);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => rowsOf(trace.spans, open), [trace.spans, open]);
  const fold = (node: string) => setOpen((now) => (now.has(node) ? new Set([...now].filter((other) => other !== node)) : new Set([...now, node])));
  return (
    <section className={styles.list} aria-label={t("waterfall")}>
      <header className={styles.head}><span>{t("step")}</span><span>{t("duration")}</span></header>
      {rows.map((row) => {
        if (row.type === "round") return <p key={row.key} className={styles.round} style={indent(row.depth)}>{t("round", { number: row.index + 1 })}</p>;
        if (row.type === "more") return <p key={row.key} className={styles.round} style={indent(row.depth)}>{t("moreRounds", { count: row.count })}</p>;
        const { span } = row;
        return (
          <Row key={row.key} span={span} depth={row.depth} rounds={row.rounds} onFold={() => fold(inFrame(span.frame, span.nodeId))} total={total} title={title(span.nodeId)} colour={`var(--n-${COLOURS[kinds.get(span.kind)?.family ?? "tool"]})`} hidden={at !== null && span.startMs > at} selected={span.nodeId === selected} onSelect={() => onSelect(span.nodeId)} />
        );
      })}
      {trace.skipped.map((id) => (
        <button key={id} type="button" className={cx(styles.row, styles.skipped)} onClick={() => onSelect(id)}>
          <span className={styles.title}>{title(id)}</span>
          <span className={styles.track} />
          <span className={styles.ms}>{t("skipped")}</span>
        </button>
      ))}
      {at !== null && (
        <div className={cx(styles.row, styles.overlay)} aria-hidden="true">
          <span />
          <span className={styles.time}><i className={styles.cursor} style={{ left: `${(at / total) * 100}%` }} /></span>
          <span />
        </div>
      )}
    </section>
  );
}

const indent = (depth: number) => ({ "--depth": depth }) as React.CSSProperties;

interface RowProps {
  span: Span;
  depth: number;
  rounds: "none" | "folded" | "open";
  onFold: () => void;
  total: number;
  title: string;
  colour: string;
  hidden: boolean;
  selected: boolean;
  onSelect: () => void;
}

function Row({ span, depth, rounds, onFold, total, title, colour, hidden, selected, onSelect }: RowProps) {
  const { t } = useTranslation("runs");
  const { duration } = useFormat();
  const end = span.endMs ?? total;
  const bad = span.status === "failed" || span.status === "retried";
  const style = { left: `${(span.startMs / total) * 100}%`, width: `${((end - span.startMs) / total) * 100}%`, "--c": bad ? "var(--bad)" : span.waitedMs !== 0 ? "var(--warn)" : colour } as React.CSSProperties;
  const bar = (
    <button type="button" className={cx(styles.row, hidden && styles.future, selected && styles.selected)} style={indent(depth)} aria-pressed={selected} onClick={onSelect}>
      <span className={styles.title}>{title}{span.attempt > 1 && <small>{t("attempt", { count: span.attempt })}</small>}</span>
      <span className={styles.track}><i className={cx(styles.bar, (span.endMs === null || span.waitedMs !== 0) && styles.live)} style={style} /></span>
      <span className={styles.ms}>{span.endMs === null ? "…" : duration(span.waitedMs > 0 ? end - span.startMs : (span.elapsedMs ?? end - span.startMs))}</span>
    </button>
  );
  if (rounds === "none") return bar;
  return (
    <div className={styles.foldable}>
      <button type="button" className={styles.fold} style={indent(depth)} aria-expanded={rounds === "open"} aria-label={t("rounds", { name: title })} onClick={onFold}><ChevronRight size={13} /></button>
      {bar}
    </div>
  );
}
