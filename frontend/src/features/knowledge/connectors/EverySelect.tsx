/** How often a place is looked at. */
import { useTranslation } from "react-i18next";
import { Field, Select } from "@/kit";

const EVERY = { never: null, hour: 3600, day: 86_400, week: 604_800 } as const;
type Name = keyof typeof EVERY;

export function EverySelect({ value, onChange, disabled = false }: { value: number | null; onChange: (every: number | null) => void; disabled?: boolean }) {
  const { t } = useTranslation("knowledge");
  const names = Object.keys(EVERY) as Name[];
  const known = names.find((name) => EVERY[name] === value);
  const options = names.map((name) => ({ value: name as string, label: t(`connectors.every.${name}`) }));
  if (!known) options.push({ value: "other", label: t("connectors.every.other", { n: value ?? 0 }) });
  return (
    <Field label={t("connectors.every.label")}>
      <Select value={known ?? "other"} disabled={disabled} options={options} onChange={(name) => name in EVERY && onChange(EVERY[name as Name])} />
    </Field>
  );
}
