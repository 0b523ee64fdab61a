/** Whether a search over settings still speaks of the settings that there are. Pure. */
import { type Retrieval, type Variant } from "@/api";
import { changesOf } from "../retrieval/changes";

/** How much is shown is the knowledge base's own choice: a search measures every variant equally deep. */
const SHOWN: ReadonlySet<string> = new Set(["top_k", "threshold", "max_tokens"]);

export const stillHolds = (stored: Retrieval, measured: readonly (Variant | undefined)[]): boolean =>
  measured.some((variant) => variant !== undefined && Object.keys(changesOf(variant.retrieval, stored)).every((name) => SHOWN.has(name)));
