/** The runs of an app, drawn on the editor's canvas. */
import { RunCanvas } from "@/features/editor";
import { RunsPage } from "@/features/runs";

export function Runs() {
  return <RunsPage Canvas={RunCanvas} />;
}
