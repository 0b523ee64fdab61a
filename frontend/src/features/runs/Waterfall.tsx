/** Every try of every node as a bar in time, in the colour of its family. A row opens its node. */
import { useTranslation } from "react-i18next";
import { nodeById, type Definition, type Kinds, type Span, type Trace } from "@/graph";
import { cx, useFormat } from "@/kit";
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
  return (
    <section className={styles.list} aria-label={t("waterfall")}>
      <header className={styles.head}><span>{t("step")}</span><span>{t("duration")}</span></header>
      {trace.spans.map((span, i) => (
        <Row key={i} span={span} total={total} title={title(span.nodeId)} colour={`var(--n-${COLOURS[kinds.get(span.kind)?.family ?? "tool"]})`} hidden={at !== null && span.startMs > at} selected={span.nodeId === selected} onSelect={() => onSelect(span.nodeId)} />
      ))}
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

interface RowProps {
  span: Span;
  total: number;
  title: string;
  colour: string;
  hidden: boolean;
  selected: boolean;
  onSelect: () => void;
}

function Row({ span, total, title, colour, hidden, selected, onSelect }: RowProps) {
  const { t } = useTranslation("runs");
  const { duration } = useFormat();
  const end = span.endMs ?? total;
  const bad = span.status === "failed" || span.status === "retried";
  const style = { left: `${(span.startMs / total) * 100}%`, width: `${((end - span.startMs) / total) * 100}%`, "--c": bad ? "var(--bad)" : colour } as React.CSSProperties;
  return (
    <button type="button" className={cx(styles.row, hidden && styles.future, selected && styles.selected)} aria-pressed={selected} onClick={onSelect}>
      <span className={styles.title}>{title}{span.attempt > 1 && <small>{t("attempt", { count: span.attempt })}</small>}</span>
      <span className={styles.track}><i className={cx(styles.bar, span.endMs === null && styles.live)} style={style} /></span>
      <span className={styles.ms}>{span.endMs === null ? "…" : duration(span.elapsedMs ?? end - span.startMs)}</span>
    </button>
  );
}
