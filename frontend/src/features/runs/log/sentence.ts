/** What a line of the log says, and how it should look. */
import { type TFunction } from "i18next";
import { type Format, type Tone } from "@/kit";
import { type Entry } from "./entries";

export function toneOf({ event }: Entry): Tone {
  switch (event.type) {
    case "run_finished":
    case "node_finished":
      return "ok";
    case "node_failed":
    case "run_failed":
      return "bad";
    case "node_retrying":
    case "node_waiting":
    case "run_paused":
    case "answer_reset":
      return "warn";
    case "frame_finished":
      return event.error ? "bad" : "ok";
    case "node_step":
      return event.error ? "bad" : "accent";
    case "node_started":
    case "run_started":
    case "node_resumed":
      return "run";
    default:
      return "neutral";
  }
}

export function sentenceOf(t: TFunction<"runs">, { duration, number, dateTime }: Format, entry: Entry, say: (error: unknown) => string): string {
  const { event, chars } = entry;
  switch (event.type) {
    case "node_started":
      return event.attempt > 1 ? t("log.node_started_again", { count: event.attempt }) : t("log.node_started");
    case "node_finished":
      return [t("log.node_finished", { time: duration(event.elapsed_ms) }), event.handle && event.handle !== "source" && t("log.way", { handle: event.handle }), event.usage && event.usage.total_tokens > 0 && t("log.tokens", { count: event.usage.total_tokens, number: number(event.usage.total_tokens) }), (event.writes ?? []).length > 0 && t("log.writes", { names: (event.writes ?? []).map(({ target }) => target.join(".")).join(", ") })].filter(Boolean).join(" · ");
    case "node_failed":
      return t(event.handled ? "log.node_failed_handled" : "log.node_failed", { message: say(event.error) });
    case "node_retrying":
      return t("log.node_retrying", { count: event.attempt, time: duration(event.delay_ms), message: say(event.error) });
    case "node_delta":
    case "answer_delta":
      return t(`log.${event.type}`, { count: chars, number: number(chars) });
    case "container_started":
      return event.length === null ? t("log.container_started_open") : t("log.container_started", { count: event.length });
    case "frame_started":
      return t("log.frame_started", { number: event.index + 1 });
    case "frame_finished":
      return event.error ? t("log.frame_failed", { number: event.index + 1, message: say(event.error) }) : t("log.frame_finished", { number: event.index + 1, time: duration(event.elapsed_ms) });
    case "node_waiting":
      return waiting(t, dateTime, event.wait);
    case "node_resumed":
      return t(`log.resumed.${String(event.signal.type)}`, { defaultValue: t("log.node_resumed"), action: String((event.signal.data as { action?: unknown } | null)?.action ?? ""), by: String(event.signal.by ?? "") });
    case "node_step":
      return [t(`log.work.${event.kind}`, { name: event.name, defaultValue: event.name }), duration(event.elapsed_ms), event.error && say(event.error)].filter(Boolean).join(" · ");
    case "run_finished":
      return t("log.run_finished", { time: duration(event.elapsed_ms) });
    case "run_failed":
      return t("log.run_failed", { message: say(event.error) });
    case "run_paused":
      return t("log.run_paused", { count: event.reasons.length });
    case "run_stopped":
      return t("log.run_stopped", { reason: event.reason });
    default:
      return t(`log.${event.type}`);
  }
}

function waiting(t: TFunction<"runs">, dateTime: Format["dateTime"], wait: Record<string, unknown>): string {
  const until = typeof wait.expires_at === "number" ? dateTime(new Date(wait.expires_at * 1000).toISOString()) : "";
  const what = t(`log.waiting.${String(wait.type)}`, { event: String(wait.event ?? ""), time: until, defaultValue: t("log.node_waiting") });
  return until && wait.type !== "time" ? `${what} · ${t("log.until", { time: until })}` : what;
}
