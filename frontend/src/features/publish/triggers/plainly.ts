/** A cron expression as people say it; null where it says more than a sentence can. Pure. */
export type Plainly =
  | { key: "minutes"; count: number }
  | { key: "hourly"; minute: string }
  | { key: "daily"; time: string }
  | { key: "weekdays" | "weekly"; time: string; days: string }
  | { key: "monthly"; time: string; day: number };

const NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const NUMBER = /^\d{1,2}$/;

export function plainlyOf(cron: string, language: string): Plainly | null {
  const [minute = "", hour = "", day = "", month = "", weekday = "", ...rest] = cron.trim().toLowerCase().split(/\s+/);
  const any = (field: string) => field === "*" || field === "?";
  if (rest.length > 0 || !any(month)) return null;
  const step = minute === "*" ? "1" : /^\*\/(\d{1,2})$/.exec(minute)?.[1];
  if (any(hour) && any(day) && any(weekday)) {
    if (step) return { key: "minutes", count: Number(step) };
    return NUMBER.test(minute) ? { key: "hourly", minute: minute.padStart(2, "0") } : null;
  }
  if (!NUMBER.test(minute) || !NUMBER.test(hour)) return null;
  const time = timeOf(Number(hour), Number(minute), language);
  if (any(day) && any(weekday)) return { key: "daily", time };
  if (any(weekday)) return NUMBER.test(day) ? { key: "monthly", time, day: Number(day) } : null;
  const days = any(day) ? daysOf(weekday) : null;
  if (!days) return null;
  const words = new Intl.ListFormat(language, { type: "conjunction" }).format(days.map((one) => dayName(one, language)));
  return { key: days.join() === "1,2,3,4,5" ? "weekdays" : "weekly", time, days: words };
}

function daysOf(field: string): number[] | null {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [from = "", to = from] = part.split("-");
    const first = dayNumber(from);
    const last = dayNumber(to);
    if (first === null || last === null || first > last) return null;
    for (let day = first; day <= last; day += 1) found.add(day % 7);
  }
  // a week is read from Monday on
  return [...found].sort((a, b) => (a || 7) - (b || 7));
}

function dayNumber(text: string): number | null {
  const named = NAMES.indexOf(text);
  return named >= 0 ? named : /^[0-7]$/.test(text) ? Number(text) : null;
}

/** 4 January 2026 is a Sunday. */
const dayName = (day: number, language: string) => new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2026, 0, 4 + day));
const timeOf = (hour: number, minute: number, language: string) => new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" }).format(Date.UTC(2026, 0, 1, hour, minute));
