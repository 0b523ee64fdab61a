/** The usual parameters of a chat model. A parameter that is off is not sent, so the model's own default holds. */
import { useTranslation } from "react-i18next";
import type { Json, JsonObject } from "@/graph";
import { Input, Switch } from "@/kit";
import styles from "./Widgets.module.css";

interface Param {
  name: string;
  min: number;
  max: number;
  step: number;
  start: number;
}

const PARAMS: readonly Param[] = [
  { name: "temperature", min: 0, max: 2, step: 0.1, start: 0.3 },
  { name: "top_p", min: 0, max: 1, step: 0.05, start: 0.9 },
  { name: "max_tokens", min: 1, max: 131072, step: 1, start: 1024 },
  { name: "presence_penalty", min: -2, max: 2, step: 0.1, start: 0 },
  { name: "frequency_penalty", min: -2, max: 2, step: 0.1, start: 0 },
];

export function ModelParams({ params, readOnly, onChange }: { params: JsonObject; readOnly: boolean; onChange: (params: JsonObject) => void }) {
  const { t } = useTranslation("editor");
  const set = (name: string, value: Json | undefined) => {
    const { [name]: _, ...rest } = params;
    onChange(value === undefined ? rest : { ...rest, [name]: value });
  };
  return (
    <div className={styles.params}>
      {PARAMS.map((param) => {
        const value = params[param.name];
        const on = typeof value === "number";
        const label = t(`models.param.${param.name}`);
        return (
          <div key={param.name} className={styles.param}>
            <Switch checked={on} label={label} disabled={readOnly} onChange={(next) => set(param.name, next ? param.start : undefined)} />
            <span className={on ? undefined : styles.quiet}>{label}</span>
            <Input type="number" size="sm" aria-label={label} className={styles.number} min={param.min} max={param.max} step={param.step} disabled={!on || readOnly} value={on ? value : ""} placeholder="–" onChange={(event) => set(param.name, Number(event.target.value))} />
          </div>
        );
      })}
    </div>
  );
}
