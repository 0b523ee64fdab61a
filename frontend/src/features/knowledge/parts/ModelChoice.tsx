/** One model of those that the workspace's providers offer. One that is offered no more is still named. */
import { type Model } from "@/api";
import { Combobox, type ComboboxOption } from "@/kit";

export interface ModelRef {
  provider: string;
  model: string;
}

export function ModelChoice({ models, value, onChange, label, disabled = false }: { models: readonly Model[]; value: ModelRef | null; onChange: (value: ModelRef) => void; label?: string; disabled?: boolean }) {
  const options: ComboboxOption[] = models.map((model) => ({ value: keyOf({ provider: model.provider, model: model.name }), label: model.name, group: model.provider_name }));
  const chosen = value && value.model !== "" ? keyOf(value) : null;
  if (chosen !== null && value && !options.some((option) => option.value === chosen)) options.push({ value: chosen, label: value.model, group: value.provider });
  return <Combobox options={options} value={chosen} disabled={disabled} {...(label && { label })} onChange={(key) => onChange(refOf(key))} />;
}

const keyOf = ({ provider, model }: ModelRef): string => `${provider}/${model}`;
/** A provider's slug has no slash; a model's name may. */
const refOf = (key: string): ModelRef => ({ provider: key.slice(0, key.indexOf("/")), model: key.slice(key.indexOf("/") + 1) });
