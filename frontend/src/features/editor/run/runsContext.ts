/** The runs of the open editor, for the panels that start or stop one. */
import { createContext, useContext } from "react";
import type { Runs } from "./useRuns";

export const RunsContext = createContext<Runs | null>(null);

/** Null where runs are only looked at. */
export function useRunsOfEditor(): Runs | null {
  return useContext(RunsContext);
}
