/** A cron expression as people say it; null where it says more than a sentence can. Pure. */
import { planOf } from "@/graph";

export type Plainly =
  | { key: "minutes"; count: number }
  | { key: "hourly"; minute: string }
  | { key: "daily"; time: string }
  | { key: "weekdays" | "weekly"; time: string; days: string }
  | { key: "monthly"; time: string; day: number };

export function plainlyOf(cron: string, language: string): Plainly | null {
  const plan = planOf(cron);
  if (!plan) return null;
  if (plan.every === "minutes") return { key: "minutes", count: plan.step };
  if (plan.every === "hour") return { key: "hourly", minute: String(plan.minute).padStart(2, "0") };
  const time = timeOf(plan.hour, plan.minute, language);
  if (plan.every === "day") return { key: "daily", time };
  if (plan.every === "month") return { key: "monthly", time, day: plan.day };
  // a week is read from Monday on
  const days = [...plan.weekdays].sort((a, b) => (a || 7) - (b || 7));
  const words = new Intl.ListFormat(language, { type: "conjunction" }).format(days.map((day) => dayName(day, language)));
  return { key: days.join() === "1,2,3,4,5" ? "weekdays" : "weekly", time, days: words };
}

/** 4 January 2026 is a Sunday. */
const dayName = (day: number, language: string) => new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2026, 0, 4 + day));
const timeOf = (hour: number, minute: number, language: string) => new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" }).format(Date.UTC(2026, 0, 1, hour, minute));
