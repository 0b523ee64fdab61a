/** State of the start form: values, and faults from the moment somebody tried to go on. */
import { useCallback, useEffect, useState } from "react";
import { type StartVariable } from "../model/client";
import { inputFaults, inputsToSend, startValues, type InputFault, type InputValue, type InputValues } from "../model/inputs";
import { readPrefill } from "../model/prefill";

/** A new value, or how to make it of the present one. */
export type ChangeInput = (name: string, value: InputValue | ((now: InputValue) => InputValue)) => void;

export interface StartFormState {
  values: InputValues;
  faults: Record<string, InputFault>;
  change: ChangeInput;
  /** The values to send; null when something is missing, which the form then shows. */
  take: () => Record<string, unknown> | null;
}

export function useStartForm(variables: readonly StartVariable[]): StartFormState {
  const [values, setValues] = useState<InputValues>(() => startValues(variables));
  const [tried, setTried] = useState(false);

  useEffect(() => {
    void readPrefill(location.search, variables).then((prefill) => {
      if (Object.keys(prefill).length > 0) setValues((now) => ({ ...now, ...pick(startValues(variables, prefill), prefill) }));
    });
  }, [variables]);

  const change: ChangeInput = useCallback((name, value) => setValues((now) => ({ ...now, [name]: typeof value === "function" ? value(now[name] ?? "") : value })), []);
  const take = () => {
    setTried(true);
    return Object.keys(inputFaults(variables, values)).length > 0 ? null : inputsToSend(variables, values);
  };
  return { values, faults: tried ? inputFaults(variables, values) : {}, change, take };
}

function pick(values: InputValues, names: object): InputValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in names));
}
