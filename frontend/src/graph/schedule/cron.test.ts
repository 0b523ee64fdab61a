import { describe, expect, it } from "vitest";
import { nextTimes, parseCron } from "./cron";
import { atPace, cronOf, planOf, type Plan } from "./plan";

const next = (text: string, timezone: string, after: string, count = 3) => nextTimes(parseCron(text)!, timezone, new Date(after), count).map((at) => at.toISOString().slice(0, 16));

describe("parseCron", () => {
  it.each(["", "* * *", "61 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "a * * * *", "* * * * * *"])("refuses %j", (text) => {
    expect(parseCron(text)).toBeNull();
  });

  it("reads lists, ranges, steps and names", () => {
    expect(parseCron("0,30 8-10 * jan-mar mon,7")).toEqual({ minutes: [0, 30], hours: [8, 9, 10], days: expect.any(Array), months: [1, 2, 3], weekdays: [0, 1], anyDay: true, anyWeekday: false });
    expect(parseCron("@daily")?.hours).toEqual([0]);
  });
});

describe("nextTimes", () => {
  it("are in the calendar of the time zone", () => {
    expect(next("0 9 * * *", "Asia/Shanghai", "2026-01-01T00:00:00Z")).toEqual(["2026-01-01T01:00", "2026-01-02T01:00", "2026-01-03T01:00"]);
  });

  it("follow a change of clocks", () => {
    expect(next("0 9 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z")).toEqual(["2026-03-28T08:00", "2026-03-29T07:00", "2026-03-30T07:00"]);
  });

  it("take a day of the month or a weekday where both are given", () => {
    expect(next("0 0 13 * fri", "UTC", "2026-01-01T00:00:00Z")).toEqual(["2026-01-02T00:00", "2026-01-09T00:00", "2026-01-13T00:00"]);
  });

  it("are none where the day never comes", () => {
    expect(next("0 0 31 2 *", "UTC", "2026-01-01T00:00:00Z")).toEqual([]);
  });
});

describe("a plan", () => {
  it.each<[string, Plan]>([
    ["*/15 * * * *", { every: "minutes", step: 15 }],
    ["* * * * *", { every: "minutes", step: 1 }],
    ["5 * * * *", { every: "hour", minute: 5 }],
    ["30 9 * * *", { every: "day", hour: 9, minute: 30 }],
    ["0 8 * * 1,3", { every: "week", weekdays: [1, 3], hour: 8, minute: 0 }],
    ["0 8 28 * *", { every: "month", day: 28, hour: 8, minute: 0 }],
  ])("%s", (text, plan) => {
    expect(planOf(text)).toEqual(plan);
    expect(cronOf(plan)).toBe(text);
  });

  it.each(["0 9 * 1 *", "0 9,17 * * *", "0 0 13 * 5", "nonsense"])("cannot say %j", (text) => {
    expect(planOf(text)).toBeNull();
  });

  it("keeps the time of day at another pace", () => {
    expect(cronOf(atPace(planOf("30 7 * * *"), "week"))).toBe("30 7 * * 1,2,3,4,5");
  });
});
