/** What went into the run and what came out, what it used of what it may, and what it has asked people. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { runFormsQuery, type Run } from "@/api";
import { nodeById, type Definition, type RunEvent, type RunState } from "@/graph";
import { useFormat } from "@/kit";
import styles from "./DataTab.module.css";
import { usedOf } from "./used";
import { ValueList } from "./values/ValueList";
import { RunWaits } from "./waits/RunWaits";
import { costOf } from "./words";

export function DataTab({ run, state, events, document }: { run: Run; state: RunState; events: readonly RunEvent[]; document: Definition | null }) {
  const { t } = useTranslation("runs");
  const asked = events.some(({ type }) => type === "node_waiting");
  const begun = events.find((event) => event.type === "run_started");
  const query = (run as Run & { query?: string }).query;
  const inputs = { ...(query ? { query } : {}), ...run.inputs };
  const conversation = begun?.type === "run_started" ? (begun.conversation ?? {}) : {};
  return (
    <div className={styles.tab}>
      <ValueList runId={run.id} title={t("data.inputs")} values={inputs} />
      <ValueList runId={run.id} title={t("data.outputs")} values={{ ...state.outputs, ...(state.answer ? { answer: state.answer } : {}) }} />
      <ValueList runId={run.id} title={t("data.conversation")} values={conversation} />
      <Used run={run} state={state} events={events} />
      {asked && <Asked runId={run.id} titleOf={(id) => (document ? nodeById(document, id)?.title : undefined) ?? id} />}
    </div>
  );
}

/** One row for each thing that is counted; where it is limited, with how much of it is left. */
function Used({ run, state, events }: { run: Run; state: RunState; events: readonly RunEvent[] }) {
  const { t, i18n } = useTranslation("runs");
  const { duration, number } = useFormat();
  const said = { wall_s: (n: number) => duration(n * 1000), tokens: number, cost: (n: number) => costOf(n, i18n.language), steps: number };
  const rows = usedOf(state, events, run.limits ?? null);
  return (
    <section className={styles.used}>
      <h3 className={styles.title}>{t("used.title")}</h3>
      <dl className={styles.rows}>
        {rows.map(({ name, used, limit, hit }) => (
          <div key={name} className={styles.row} data-hit={hit || undefined}>
            <dt>{t(`used.${name}`)}</dt>
            <dd>{limit === null ? said[name](used) : t("used.of", { used: said[name](used), limit: said[name](limit) })}{hit && <b> · {t("used.hit")}</b>}</dd>
            {limit !== null && <meter className={styles.meter} min={0} max={limit} value={Math.min(used, limit)} aria-label={t(`used.${name}`)} />}
          </div>
        ))}
      </dl>
      {!run.limits && <p className={styles.quiet}>{t("used.unlimited")}</p>}
    </section>
  );
}

function Asked({ runId, titleOf }: { runId: string; titleOf: (id: string) => string }) {
  const { t } = useTranslation("runs");
  const some = (useQuery(runFormsQuery(runId)).data?.items ?? []).length > 0;
  if (!some) return null;
  return <section className={styles.used}><h3 className={styles.title}>{t("waits.title")}</h3><RunWaits past runId={runId} waits={[]} titleOf={titleOf} /></section>;
}
