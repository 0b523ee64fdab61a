/** A number for each thing that a run can use up. */
import { useTranslation } from "react-i18next";
import type { Limits } from "@/graph";
import { NumberRow } from "../panel/PolicyTab";

const NAMES = [
  { name: "wall_s", max: 31_536_000, step: 1 },
  { name: "tokens", max: 1_000_000_000, step: 1000 },
  { name: "cost", max: 1_000_000, step: 0.01 },
  { name: "steps", max: 1_000_000, step: 1 },
] as const satisfies readonly { name: keyof Limits; max: number; step: number }[];

export interface LimitRowsProps {
  limits: Limits;
  disabled: boolean;
  onChange: (limits: Limits) => void;
  /** What counts where nothing is set here. */
  otherwise?: Limits | undefined;
}

export function LimitRows({ limits, disabled, onChange, otherwise = {} }: LimitRowsProps) {
  const { t } = useTranslation("editor");
  return NAMES.map(({ name, max, step }) => (
    <NumberRow key={name} label={t(`app.limit.${name}`)} hint={t(`app.limit.${name}Hint`)} value={limits[name] ?? null} placeholder={otherwise[name] ?? undefined} min={step < 1 ? step : 1} max={max} step={step} disabled={disabled} onChange={(value) => onChange({ ...limits, [name]: value })} />
  ));
}
