/** Where the app is tried: a chat as a chat, a workflow as a form. */
import type { ComponentType } from "react";
import type { PreviewProps } from "@/api";
import type { Runs } from "../run/useRuns";
import { useEditor, useEditorState } from "../store/context";
import { selectMode } from "../store/selectors";
import type { EditorState } from "../store/state";
import styles from "./RunPanel.module.css";
import { RunPanel } from "./RunPanel";

export interface PlaceProps {
  appId: string;
  runs: Runs;
  beforeRun: () => Promise<void>;
  Chat: ComponentType<PreviewProps>;
}

const selectShown = (state: EditorState) => state.preview;

export function Preview({ appId, runs, beforeRun, Chat }: PlaceProps) {
  const editor = useEditor();
  const shown = useEditorState(selectShown);
  const mode = useEditorState(selectMode);
  if (!shown) return null;
  if (mode === "workflow") return <RunPanel appId={appId} runs={runs} />;
  return (
    <div className={styles.preview}>
      <Chat appId={appId} beforeRun={beforeRun} onRunStarted={runs.watch} onClose={() => editor.show({ preview: false })} />
    </div>
  );
}
