/** About how long something takes, in one unit. */
export function duration(seconds: number, t: (key: "etaHours" | "etaMinutes" | "etaSeconds", values: { n: number }) => string): string {
  if (seconds >= 5400) return t("etaHours", { n: Math.round(seconds / 3600) });
  return seconds >= 90 ? t("etaMinutes", { n: Math.round(seconds / 60) }) : t("etaSeconds", { n: Math.max(1, Math.round(seconds)) });
}
