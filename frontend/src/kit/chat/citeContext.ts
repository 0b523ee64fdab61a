/** Carries what a source chip needs down through the Markdown tree, so that finished blocks need not be drawn again. */
import { createContext } from "react";
import { type Citation } from "./types";

export interface Cite {
  find: (n: number) => Citation | undefined;
  open: ((n: number) => void) | undefined;
  active: number | undefined;
}

export const CiteContext = createContext<Cite>({ find: () => undefined, open: undefined, active: undefined });
