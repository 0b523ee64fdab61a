/** Numbers, sizes, durations and times as the reader's language writes them. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

export interface Format {
  number: (value: number) => string;
  percent: (value: number) => string;
  bytes: (value: number) => string;
  /** A limit, in the unit in which limits are set: 100 MB is 100 × 1024 × 1024. */
  limit: (bytes: number) => string;
  /** 0.4 ms, 38 ms, 1.32 s, 2 min 5 s, 3 h 20 min, 2 d. */
  duration: (ms: number) => string;
  /** What is still to go, in whole seconds: 15 s, 2 min 5 s. */
  remaining: (seconds: number) => string;
  date: (iso: string) => string;
  dateTime: (iso: string) => string;
  /** "3 minutes ago". */
  ago: (iso: string, now?: number) => string;
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => makeFormat(i18n.language), [i18n.language]);
}

export function makeFormat(language: string): Format {
  const number = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  const dateTime = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const units = UNITS[language.startsWith("zh") ? "zh" : "en"];
  return {
    number: (value) => number.format(value),
    percent: (value) => percent.format(value),
    bytes: (value) => bytes(value, number),
    limit: (value) => `${number.format(Number((value / 1024 / 1024).toPrecision(3)))} MB`,
    duration: (ms) => duration(ms, units),
    remaining: (seconds) => remaining(Math.max(1, Math.round(seconds)), units),
    date: (iso) => date.format(new Date(iso)),
    dateTime: (iso) => dateTime.format(new Date(iso)),
    ago: (iso, now = Date.now()) => ago(new Date(iso).getTime(), now, relative),
  };
}

function bytes(value: number, number: Intl.NumberFormat): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let amount = value;
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${number.format(unit === 0 ? amount : Number(amount.toPrecision(3)))} ${units[unit] ?? "B"}`;
}

const UNITS = { en: { s: "s", min: "min", h: "h", d: "d" }, zh: { s: "秒", min: "分", h: "小时", d: "天" } };
type Units = (typeof UNITS)["en"];

/** Milliseconds are written alike everywhere; longer times in the reader's own units. */
function duration(ms: number, { s, min, h, d }: Units): string {
  if (ms < 0.05) return "< 0.1 ms";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)} ${s}`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} ${s}`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return two(Math.floor(seconds / 60), min, seconds % 60, s);
  if (seconds < 86_400) return two(Math.floor(seconds / 3600), h, Math.round((seconds % 3600) / 60), min);
  return two(Math.floor(seconds / 86_400), d, Math.round((seconds % 86_400) / 3600), h);
}

function remaining(seconds: number, units: Units): string {
  return seconds < 60 ? `${seconds} ${units.s}` : duration(seconds * 1000, units);
}

/** 2 min 5 s; the smaller part only where there is one. */
function two(large: number, unit: string, small: number, smaller: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smaller}`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3600], ["minute", 60]];

/** Days count by the calendar: "tomorrow" is not the day after it. */
function ago(then: number, now: number, relative: Intl.RelativeTimeFormat): string {
  const seconds = Math.round((then - now) / 1000);
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return unit === "day" ? relative.format(dayOf(then) - dayOf(now), unit) : relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(0, "second");
}

/** The number of a day of the reader's calendar. */
function dayOf(ms: number): number {
  const date = new Date(ms);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}
