/** What an app was last run with, remembered in this browser so that trying again is one key. */
import type { Inputs } from "./startVariables";

const keyOf = (appId: string) => `weft.inputs.${appId}`;

export function recallInputs(appId: string): Inputs {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(keyOf(appId)) ?? "{}");
    return typeof value === "object" && value !== null ? (value as Inputs) : {};
  } catch {
    return {};
  }
}

export function rememberInputs(appId: string, inputs: Inputs): void {
  try {
    localStorage.setItem(keyOf(appId), JSON.stringify(inputs));
  } catch {
    // Storage may be closed to us or full; then the form starts empty next time.
  }
}
