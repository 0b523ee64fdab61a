/** Reads cron expressions of five fields and tells when they fire next. Knows calendars and time zones, nothing of React. */

export interface Cron {
  minutes: readonly number[];
  hours: readonly number[];
  days: readonly number[];
  months: readonly number[];
  /** 0 is Sunday. */
  weekdays: readonly number[];
  anyDay: boolean;
  anyWeekday: boolean;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MACROS: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/** Null for what is no expression of five fields, or uses what only the server understands. */
export function parseCron(text: string): Cron | null {
  const parts = (MACROS[text.trim()] ?? text).trim().toLowerCase().split(/\s+/);
  if (parts.length !== 5) return null;
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = parts;
  const minutes = parseField(minute, 0, 59);
  const hours = parseField(hour, 0, 23);
  const days = parseField(day, 1, 31);
  const months = parseField(month, 1, 12, MONTHS, 1);
  const weekdays = parseField(weekday, 0, 7, WEEKDAYS, 0);
  if (!minutes || !hours || !days || !months || !weekdays) return null;
  return { minutes, hours, days, months, weekdays: [...new Set(weekdays.map((one) => one % 7))].sort((a, b) => a - b), anyDay: isAny(day), anyWeekday: isAny(weekday) };
}

const isAny = (field: string) => field === "*" || field === "?";

function parseField(field: string, low: number, high: number, names: readonly string[] = [], first = 0): number[] | null {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const match = /^(\*|\?|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/.exec(part);
    if (!match) return null;
    const [, from = "", to, step] = match;
    const any = isAny(from);
    const begin = any ? low : toNumber(from, names, first);
    const end = to !== undefined ? toNumber(to, names, first) : any || step !== undefined ? (any && high === 7 ? 6 : high) : begin;
    const by = step === undefined ? 1 : Number(step);
    if (begin === null || end === null || begin < low || end > high || begin > end || by < 1) return null;
    for (let value = begin; value <= end; value += by) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}

function toNumber(text: string, names: readonly string[], first: number): number | null {
  const named = names.indexOf(text);
  if (named >= 0) return named + first;
  return /^\d+$/.test(text) ? Number(text) : null;
}

const DAY_MS = 86_400_000;
const FARTHEST_DAYS = 366 * 5;

/** The next moments at which it fires, in the calendar of a time zone. */
export function nextTimes(cron: Cron, timezone: string, after: Date, count: number): Date[] {
  const times: Date[] = [];
  const today = wallClock(after, timezone);
  const midnight = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate());
  for (let day = 0; day < FARTHEST_DAYS && times.length < count; day += 1) {
    const date = new Date(midnight + day * DAY_MS);
    if (!fitsDay(cron, date)) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const at = fromWallClock(date.getTime() + (hour * 60 + minute) * 60_000, timezone);
        if (at > after && times.length < count && times.at(-1)?.getTime() !== at.getTime()) times.push(at);
      }
    }
  }
  return times;
}

/** Where both a day of the month and a weekday are given, either is enough, as cron has it. */
function fitsDay(cron: Cron, date: Date): boolean {
  if (!cron.months.includes(date.getUTCMonth() + 1)) return false;
  const day = cron.days.includes(date.getUTCDate());
  const weekday = cron.weekdays.includes(date.getUTCDay());
  if (cron.anyDay) return weekday;
  return cron.anyWeekday ? day : day || weekday;
}

/** What a clock in the zone shows, written as if it were UTC. */
function wallClock(moment: Date, timezone: string): Date {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: timezone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(moment);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return new Date(Date.UTC(value("year"), value("month") - 1, value("day"), value("hour"), value("minute"), value("second")));
}

function fromWallClock(wall: number, timezone: string): Date {
  const guess = wall - (wallClock(new Date(wall), timezone).getTime() - wall);
  const offset = wallClock(new Date(guess), timezone).getTime() - guess;
  return new Date(wall - offset);
}

export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
