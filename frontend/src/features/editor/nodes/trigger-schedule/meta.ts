import { CalendarClock } from "lucide-react";
import { planOf, type Plan } from "@/graph";
import { line, text, type FactView, type NodeMeta } from "../meta";

export const triggerSchedule: NodeMeta = {
  kind: "trigger-schedule",
  icon: CalendarClock,
  lacks: (config) => (config.cron ? [] : [{ code: "config_required", field: "cron" }]),
  facts: ({ node, t }) => {
    const cron = String(node.config.cron ?? "");
    const plan = planOf(cron);
    const zone = String(node.config.timezone ?? "UTC");
    return [text(plan ? sentence(plan, t) : cron), ...line(zone.replace(/_/g, " "))];
  },
};

function sentence(plan: Plan, t: FactView["t"]): string {
  const time = "hour" in plan ? `${pad(plan.hour)}:${pad(plan.minute)}` : "";
  switch (plan.every) {
    case "minutes":
      return t("trigger-schedule.minutes", { count: plan.step });
    case "hour":
      return t("trigger-schedule.hour", { minute: pad(plan.minute) });
    case "day":
      return t("trigger-schedule.day", { time });
    case "week":
      return isWorkdays(plan.weekdays) ? t("trigger-schedule.workdays", { time }) : t("trigger-schedule.week", { days: plan.weekdays.map((day) => t(`weekdays.${day}` as "weekdays.0")).join(", "), time });
    case "month":
      return t("trigger-schedule.month", { day: plan.day, time });
  }
}

const pad = (value: number) => String(value).padStart(2, "0");
const isWorkdays = (days: readonly number[]) => days.join() === "1,2,3,4,5";
