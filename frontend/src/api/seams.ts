/** Shapes of the pieces that the shell plugs from one feature into another. */
import { type Definition, type Kinds, type RunEvent, type RunState } from "@/graph";

/** The app as its user sees it, inside the editor. */
export interface PreviewProps {
  appId: string;
  /** The editor saves the draft before a run; resolves when the server has it. */
  beforeRun?: () => Promise<void>;
  /** A run began: the editor shows its state on the canvas. */
  onRunStarted?: (runId: string) => void;
  onClose?: () => void;
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
