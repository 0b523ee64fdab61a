/** When a schedule fires, as people say it, and its next times. */
import { useTranslation } from "react-i18next";
import { type Trigger } from "@/api";
import { ErrorCard, useFormat } from "@/kit";
import { plainlyOf } from "./plainly";
import styles from "./Triggers.module.css";

export function ScheduleFacts({ trigger }: { trigger: Trigger }) {
  const { t, i18n } = useTranslation("publish");
  const { dateTime, ago } = useFormat();
  const cron = trigger.cron ?? "";
  const plain = plainlyOf(cron, i18n.language);
  return (
    <>
      <p className={styles.plain}>{plain ? t(`schedule.${plain.key}`, { ...plain }) : <code>{cron}</code>} <small>{trigger.timezone}{plain && <> · <code>{cron}</code></>}</small></p>
      {trigger.problem && <ErrorCard compact error={trigger.problem} />}
      {trigger.next_times.length > 0 && (
        <div className={styles.times}>
          <p className={styles.label}>{t(trigger.live && trigger.enabled ? "triggers.next" : "triggers.nextWould")}</p>
          <ol>{trigger.next_times.map((time) => <li key={time}><time dateTime={time}>{dateTime(time)}</time> <small>{ago(time)}</small></li>)}</ol>
        </div>
      )}
    </>
  );
}
