/** A schedule as people say it, and the cron expression that means the same. */
import { parseCron } from "./cron";

export type Plan =
  | { every: "minutes"; step: number }
  | { every: "hour"; minute: number }
  | { every: "day"; hour: number; minute: number }
  | { every: "week"; weekdays: readonly number[]; hour: number; minute: number }
  | { every: "month"; day: number; hour: number; minute: number };

export const STEPS = [1, 2, 5, 10, 15, 20, 30] as const;

/** The plan behind an expression; null where it says more than a plan can. */
export function planOf(text: string): Plan | null {
  const cron = parseCron(text);
  if (!cron || cron.months.length !== 12) return null;
  const { minutes, hours, days, weekdays, anyDay, anyWeekday } = cron;
  const [minute = 0] = minutes;
  const [hour = 0] = hours;
  if (hours.length === 24 && anyDay && anyWeekday) {
    if (minutes.length === 1) return { every: "hour", minute };
    const step = STEPS.find((one) => minutes.length === 60 / one && minutes.every((value, i) => value === i * one));
    return step ? { every: "minutes", step } : null;
  }
  if (minutes.length !== 1 || hours.length !== 1) return null;
  if (anyDay && anyWeekday) return { every: "day", hour, minute };
  if (anyDay) return { every: "week", weekdays, hour, minute };
  return anyWeekday && days.length === 1 ? { every: "month", day: days[0] ?? 1, hour, minute } : null;
}

export function cronOf(plan: Plan): string {
  switch (plan.every) {
    case "minutes":
      return plan.step === 1 ? "* * * * *" : `*/${plan.step} * * * *`;
    case "hour":
      return `${plan.minute} * * * *`;
    case "day":
      return `${plan.minute} ${plan.hour} * * *`;
    case "week":
      return `${plan.minute} ${plan.hour} * * ${plan.weekdays.length > 0 ? plan.weekdays.join(",") : "1"}`;
    case "month":
      return `${plan.minute} ${plan.hour} ${plan.day} * *`;
  }
}

/** The same schedule at another pace, with the time of day kept. */
export function atPace(plan: Plan | null, every: Plan["every"]): Plan {
  const minute = plan && "minute" in plan ? plan.minute : 0;
  const hour = plan && "hour" in plan ? plan.hour : 9;
  switch (every) {
    case "minutes":
      return { every, step: 15 };
    case "hour":
      return { every, minute };
    case "day":
      return { every, hour, minute };
    case "week":
      return { every, weekdays: [1, 2, 3, 4, 5], hour, minute };
    case "month":
      return { every, day: 1, hour, minute };
  }
}
