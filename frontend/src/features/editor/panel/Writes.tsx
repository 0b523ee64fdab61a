/** What a node wrote to variables, and the tries that came before the last one. */
import { useTranslation } from "react-i18next";
import { writesOf, type RunEvent } from "@/graph";
import { useFormat } from "@/kit";
import { useNameOf } from "../canvas/useFactView";
import styles from "./Frames.module.css";
import tabs from "./Tabs.module.css";

export function Writes({ events, path, id }: { events: readonly RunEvent[]; path: string; id: string }) {
  const { t } = useTranslation("editor");
  const nameOf = useNameOf();
  const writes = writesOf(events, path, id);
  if (writes.length === 0) return null;
  return (
    <section className={tabs.section}>
      <h5 className={tabs.caption}>{t("lastRun.writes")}</h5>
      {writes.map((write, i) => (
        <p key={i} className={styles.write}>
          <code>{nameOf(write.target)}</code>
          <span>{t(`assign.op.${write.op}`, { defaultValue: write.op })}</span>
          {write.value !== null && write.value !== undefined && <code>{JSON.stringify(write.value)}</code>}
        </p>
      ))}
    </section>
  );
}

export function Tries({ events, path, id }: { events: readonly RunEvent[]; path: string; id: string }) {
  const { t } = useTranslation("editor");
  const { duration } = useFormat();
  const tries = events.flatMap((event) => (event.type === "node_retrying" && event.node_id === id && (event.frame ?? "") === path ? [event] : []));
  if (tries.length === 0) return null;
  return (
    <section className={tabs.section}>
      <h5 className={tabs.caption}>{t("lastRun.retries")}</h5>
      {tries.map((event) => (
        <p key={event.seq} className={styles.try}><span>{event.error.message}</span><span className={tabs.numbers}>{t("lastRun.after", { time: duration(event.delay_ms) })}</span></p>
      ))}
    </section>
  );
}
