/** One of the world's time zones, with the time there now. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Combobox } from "@/kit";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";

export function TimezoneWidget({ value, onChange, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const chosen = String(value ?? "UTC");
  const options = useMemo(() => {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const names = [...new Set([chosen, "UTC", here, ...Intl.supportedValuesOf("timeZone")])];
    return names.map((name) => ({ value: name, label: name.replace(/_/g, " "), ...(name === here ? { hint: t("cron.here") } : {}) }));
  }, [chosen, t]);
  return <Combobox label={label} disabled={readOnly} value={chosen} onChange={onChange} options={options} />;
}
