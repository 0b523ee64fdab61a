/** Shapes of the pieces that the shell plugs from one feature into another. */
import { type Definition, type Kinds, type RunEvent, type RunState } from "@/graph";

/** A graph to look at, with the state of a run on it. */
export interface RunCanvasProps {
  document: Definition;
  kinds: Kinds;
  run: { state: RunState; events: readonly RunEvent[] } | null;
  /** The node whose panel is open. */
  selected?: string | null;
  onSelect?: (node: string | null) => void;
}
