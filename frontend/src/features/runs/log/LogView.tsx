/** The log of a run, to read: every event with its time and place, by kind, node or words; rounds folded. */
import { Search } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { nodeById, type Definition, type RunEvent } from "@/graph";
import { Button, EmptyState, Input, Select } from "@/kit";
import { entriesOf, filterEntries, foldEntries, GROUPS, NOTHING_ASKED, type Asked, type Group, type Line } from "./entries";
import { LogLine } from "./LogLine";
import styles from "./LogView.module.css";

/** So many lines are drawn at first, and with every "more". */
const PAGE = 300;
const ALL = "all";

export function LogView({ runId, events, document }: { runId: string; events: readonly RunEvent[]; document: Definition | null }) {
  const { t } = useTranslation("runs");
  const [asked, setAsked] = useState<Asked>(NOTHING_ASKED);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [pages, setPages] = useState(1);
  const wanted = useDeferredValue(asked);
  const titles = useMemo(() => titlesOf(document), [document]);
  const entries = useMemo(() => entriesOf(events), [events]);
  const nodes = useMemo(() => [...new Set(entries.flatMap(({ nodeId }) => nodeId ?? []))], [entries]);
  const isFiltered = wanted.group !== null || wanted.nodeId !== null || wanted.text.trim() !== "";
  const lines = useMemo(
    (): Line[] => (isFiltered ? filterEntries(entries, wanted, titles).map((entry) => ({ type: "entry", key: entry.key, entry, depth: 0, inside: 0, open: false, path: "" })) : foldEntries(entries, open)),
    [entries, isFiltered, wanted, titles, open],
  );
  const ask = (part: Partial<Asked>) => {
    setAsked((now) => ({ ...now, ...part }));
    setPages(1);
  };
  const toggle = (path: string) => setOpen((now) => (now.has(path) ? new Set([...now].filter((one) => one !== path)) : new Set(now).add(path)));
  const shown = lines.slice(0, pages * PAGE);
  return (
    <section className={styles.log} aria-label={t("tab.log")}>
      <div className={styles.filters}>
        <Input size="sm" type="search" className={styles.search} icon={<Search />} aria-label={t("log.search")} placeholder={t("log.search")} value={asked.text} onChange={(event) => ask({ text: event.target.value })} />
        <Select<Group | typeof ALL> size="sm" label={t("log.kind")} value={asked.group ?? ALL} onChange={(group) => ask({ group: group === ALL ? null : group })} options={[{ value: ALL, label: t("log.everything") }, ...GROUPS.map((group) => ({ value: group, label: t(`log.group.${group}`) }))]} />
        <Select size="sm" label={t("log.node")} value={asked.nodeId ?? ALL} onChange={(id) => ask({ nodeId: id === ALL ? null : id })} options={[{ value: ALL, label: t("log.everyNode") }, ...nodes.map((id) => ({ value: id, label: titles(id) }))]} />
      </div>
      <p className={styles.count} role="status">{isFiltered ? t("log.found", { count: lines.length }) : t("log.events", { count: events.length })}</p>
      {isFiltered && lines.length === 0 && <EmptyState compact title={t("log.none")} action={<Button size="sm" onClick={() => setAsked(NOTHING_ASKED)}>{t("log.clear")}</Button>} />}
      <ol className={styles.lines}>
        {shown.map((line) => (line.type === "more"
          ? <li key={line.key} className={styles.more} style={{ "--depth": line.depth } as React.CSSProperties}><Button size="sm" variant="ghost" onClick={() => toggle(line.path)}>{t("log.allRounds", { count: line.count })}</Button></li>
          : <LogLine key={line.key} runId={runId} line={line} titleOf={titles} placed={isFiltered} onFold={() => toggle(line.path)} />))}
      </ol>
      {lines.length > shown.length && <div className={styles.rest}><Button size="sm" onClick={() => setPages((n) => n + 1)}>{t("log.more", { count: Math.min(PAGE, lines.length - shown.length) })}</Button></div>}
    </section>
  );
}

function titlesOf(document: Definition | null): (id: string) => string {
  return (id) => (document ? nodeById(document, id)?.title : undefined) || id;
}
