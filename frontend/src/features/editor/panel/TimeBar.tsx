/** Where the time of a node went: tries that failed, waiting for the first word, the rest. */
import { useTranslation } from "react-i18next";
import type { NodeState, Span } from "@/graph";
import { useFormat } from "@/kit";
import styles from "./Tabs.module.css";

interface Part {
  key: string;
  ms: number;
  colour: string;
}

export function TimeBar({ run, spans }: { run: NodeState; spans: readonly Span[] }) {
  const { t } = useTranslation("editor");
  const { duration } = useFormat();
  const parts = partsOf(run, spans);
  if (parts.length < 2) return null;
  const total = parts.reduce((sum, part) => sum + part.ms, 0);
  return (
    <div className={styles.values}>
      <div className={styles.bar} role="img" aria-label={parts.map((part) => `${t(`time.${part.key}`)} ${duration(part.ms)}`).join(", ")}>
        {parts.map((part) => <i key={part.key} style={{ width: `${(part.ms / total) * 100}%`, background: part.colour }} />)}
      </div>
      <div className={styles.legend}>
        {parts.map((part) => <span key={part.key}><i style={{ background: part.colour }} />{t(`time.${part.key}`)} {duration(part.ms)}</span>)}
      </div>
    </div>
  );
}

function partsOf(run: NodeState, spans: readonly Span[]): Part[] {
  const last = spans.at(-1);
  if (!last || last.endMs === null) return [];
  const first = spans[0] ?? last;
  const before = last.startMs - first.startMs;
  const measured = run.facts.first_token_ms;
  const wait = typeof measured === "number" ? measured : last.firstTextMs === null ? null : last.firstTextMs - last.startMs;
  const whole = run.elapsed_ms ?? last.endMs - last.startMs;
  const parts: Part[] = [];
  if (before > 0) parts.push({ key: "retries", ms: before, colour: "var(--warn)" });
  if (wait === null) parts.push({ key: "work", ms: whole, colour: "var(--n-io)" });
  else parts.push({ key: "firstText", ms: wait, colour: "var(--n-know)" }, { key: "writing", ms: Math.max(whole - wait, 0), colour: "var(--n-model)" });
  return parts;
}
