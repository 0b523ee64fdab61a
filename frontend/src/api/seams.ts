/** Shapes of the pieces that the shell plugs from one feature into another. */

/** The app as its user sees it, inside the editor. */
export interface PreviewProps {
  appId: string;
  /** The editor saves the draft before a run; resolves when the server has it. */
  beforeRun?: () => Promise<void>;
  /** A run began: the editor shows its state on the canvas. */
  onRunStarted?: (runId: string) => void;
  onClose?: () => void;
}
