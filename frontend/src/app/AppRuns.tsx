/** The runs of an app, drawn on the editor's canvas. */
import { RunCanvas } from "@/features/editor";
import { RunsPage } from "@/features/runs";

export function AppRuns() {
  return <RunsPage Canvas={RunCanvas} />;
}
