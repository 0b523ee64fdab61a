/** When a schedule fires: clicked together in words, or written as an expression; the next times say what it means. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { cx, Input, Select } from "@/kit";
import { isTimezone, nextTimes, parseCron } from "@/graph";
import { atPace, cronOf, planOf, STEPS, type Plan } from "@/graph";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";
import styles from "./Cron.module.css";

const PACES = ["minutes", "hour", "day", "week", "month"] as const;
const MONDAY_FIRST = [1, 2, 3, 4, 5, 6, 0] as const;

export function CronWidget({ value, onChange, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const text = String(value ?? "");
  const plan = planOf(text);
  const put = (next: Plan) => onChange(cronOf(next));
  return (
    <div className={styles.cron}>
      <Select
        size="sm"
        label={t("cron.pace")}
        disabled={readOnly}
        value={plan?.every ?? "custom"}
        onChange={(next) => next !== "custom" && put(atPace(plan, next))}
        options={[...PACES.map((pace) => ({ value: pace, label: t(`cron.every.${pace}`) })), ...(plan ? [] : [{ value: "custom" as const, label: t("cron.every.custom") }])]}
      />
      {plan && <PlanFields plan={plan} onChange={put} readOnly={readOnly} />}
      <Input size="sm" mono disabled={readOnly} aria-label={label} aria-invalid={!parseCron(text) || undefined} value={text} onChange={(event) => onChange(event.target.value)} trailing={<span className={styles.aside}>cron</span>} />
      <Next text={text} />
    </div>
  );
}

function PlanFields({ plan, onChange, readOnly }: { plan: Plan; onChange: (plan: Plan) => void; readOnly: boolean }) {
  const { t, i18n } = useTranslation("editor");
  if (plan.every === "minutes") {
    return <Select size="sm" label={t("cron.step")} disabled={readOnly} value={String(plan.step)} onChange={(step) => onChange({ ...plan, step: Number(step) })} options={STEPS.map((step) => ({ value: String(step), label: t("cron.minutes", { count: step }) }))} />;
  }
  if (plan.every === "hour") {
    return <label className={styles.line}>{t("cron.minute")}<Input type="number" size="sm" min={0} max={59} disabled={readOnly} value={plan.minute} onChange={(event) => onChange({ ...plan, minute: clamp(event.target.value, 0, 59) })} /></label>;
  }
  const dayName = new Intl.DateTimeFormat(i18n.language, { weekday: "short", timeZone: "UTC" });
  return (
    <>
      {plan.every === "week" && (
        <div className={styles.days} role="group" aria-label={t("cron.weekdays")}>
          {MONDAY_FIRST.map((day) => {
            const on = plan.weekdays.includes(day);
            const weekdays = on ? plan.weekdays.filter((other) => other !== day) : [...plan.weekdays, day].sort((a, b) => a - b);
            return <button key={day} type="button" aria-pressed={on} disabled={readOnly || (on && plan.weekdays.length === 1)} className={cx(styles.day, on && styles.on)} onClick={() => onChange({ ...plan, weekdays })}>{dayName.format(new Date(Date.UTC(2026, 0, 4 + day)))}</button>;
          })}
        </div>
      )}
      {plan.every === "month" && <label className={styles.line}>{t("cron.day")}<Input type="number" size="sm" min={1} max={31} disabled={readOnly} value={plan.day} onChange={(event) => onChange({ ...plan, day: clamp(event.target.value, 1, 31) })} /></label>}
      <label className={styles.line}>{t("cron.time")}<Input type="time" size="sm" disabled={readOnly} value={`${pad(plan.hour)}:${pad(plan.minute)}`} onChange={(event) => onChange({ ...plan, ...timeOf(event.target.value, plan) })} /></label>
    </>
  );
}

/** The next times, as the schedule's own clock shows them. */
function Next({ text }: { text: string }) {
  const { t, i18n } = useTranslation("editor");
  const { node } = useForm();
  const timezone = String(node.config.timezone ?? "UTC");
  const times = useMemo(() => {
    const cron = parseCron(text);
    return cron && isTimezone(timezone) ? nextTimes(cron, timezone, new Date(), 5) : [];
  }, [text, timezone]);
  if (times.length === 0) return <p className={styles.quiet}>{t(parseCron(text) ? "cron.never" : "cron.unread")}</p>;
  const format = new Intl.DateTimeFormat(i18n.language, { weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZone: timezone });
  return (
    <section className={styles.next}>
      <h5 className={styles.caption}>{t("cron.next")}</h5>
      <ol>{times.map((at) => <li key={at.getTime()}><time dateTime={at.toISOString()}>{format.format(at)}</time></li>)}</ol>
    </section>
  );
}

const pad = (value: number) => String(value).padStart(2, "0");

function clamp(text: string, low: number, high: number): number {
  const value = Math.round(Number(text));
  return Number.isFinite(value) ? Math.min(Math.max(value, low), high) : low;
}

function timeOf(text: string, before: { hour: number; minute: number }): { hour: number; minute: number } {
  const match = /^(\d{2}):(\d{2})/.exec(text);
  return match ? { hour: Number(match[1]), minute: Number(match[2]) } : { hour: before.hour, minute: before.minute };
}
