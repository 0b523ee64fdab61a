/** Shapes of the pieces that the shell plugs from one feature into another. */
import { type Definition, type Fault, type Kinds, type RunEvent, type RunState } from "@/graph";

/** What the page of a fresh app is told by the one that imported it, as the state of its address. */
export interface ImportedState {
  imported: readonly Fault[];
}

/** A graph to look at, with the state of a run on it. */
export interface RunCanvasProps {
  document: Definition;
  kinds: Kinds;
  run: { state: RunState; events: readonly RunEvent[] } | null;
  /** The node whose panel is open. */
  selected?: string | null;
  onSelect?: (node: string | null) => void;
}
