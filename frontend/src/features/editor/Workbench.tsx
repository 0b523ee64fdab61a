/** The canvas and all that floats over it. Puts the parts together; each keeps its own state in the editor's store. */
import { ReactFlowProvider } from "@xyflow/react";
import { useCallback } from "react";
import { exportApp } from "@/api";
import { AppSettings } from "./app/AppSettings";
import { Canvas } from "./canvas/Canvas";
import { CanvasPage } from "./canvas/CanvasPage";
import { EmptyCanvas } from "./canvas/EmptyCanvas";
import { Refused } from "./canvas/Refused";
import { useAutosave } from "./data/useAutosave";
import { useNames } from "./data/useNames";
import { useResources } from "./data/useResources";
import { saveText } from "./data/saveText";
import { ConflictBanner } from "./dialogs/ConflictBanner";
import { HistoryPanel } from "./dialogs/HistoryPanel";
import { ImportReport } from "./dialogs/ImportReport";
import { PublishDialog } from "./dialogs/PublishDialog";
import { SaveFailedBanner } from "./dialogs/SaveFailedBanner";
import { ShortcutSheet } from "./dialogs/ShortcutSheet";
import { Dock } from "./dock/Dock";
import { useClipboard } from "./keys/useClipboard";
import { useKeys } from "./keys/useKeys";
import { useEditorCommands } from "./keys/usePaletteCommands";
import { NodePicker } from "./palette/NodePicker";
import { Rail } from "./palette/Rail";
import { NodePanel } from "./panel/NodePanel";
import { Preview } from "./preview/Preview";
import { RUN_FORM } from "./preview/RunPanel";
import { RunPill } from "./run/RunPill";
import { RunsContext } from "./run/runsContext";
import { useRuns } from "./run/useRuns";
import { EditorProvider, useEditor, useEditorState } from "./store/context";
import { selectDoc, selectReadOnly } from "./store/selectors";
import type { Editor } from "./store/state";
import { EditorBar } from "./topbar/EditorBar";

export function Workbench({ editor, appId }: { editor: Editor; appId: string }) {
  return (
    <EditorProvider editor={editor}>
      <ReactFlowProvider>
        <Parts appId={appId} />
      </ReactFlowProvider>
    </EditorProvider>
  );
}

function Parts({ appId }: { appId: string }) {
  const editor = useEditor();
  const autosave = useAutosave(editor, appId);
  const flush = useCallback(async () => autosave?.flush(), [autosave]);
  const runs = useRuns(appId, flush);
  useNames(editor);
  useResources(editor);
  const run = useCallback(() => {
    const form = document.getElementById(RUN_FORM);
    if (form instanceof HTMLFormElement) form.requestSubmit();
    else editor.show({ preview: true });
  }, [editor]);
  const save = useCallback(() => void flush().catch(() => undefined), [flush]);
  const readOnly = useEditorState(selectReadOnly);
  const name = useEditorState(selectDoc).app.name;
  const download = useCallback(() => void exportApp(appId).then((text) => saveText(text, `${name}.yml`)), [appId, name]);
  useKeys({ run, save });
  useClipboard();
  useEditorCommands(run, download);
  return (
    <RunsContext value={runs}>
      <EditorBar appId={appId} runs={runs} />
      <CanvasPage>
        <Canvas />
        {!readOnly && <EmptyCanvas />}
        <Refused />
        {!readOnly && <Rail />}
        {!readOnly && <NodePicker />}
        <Dock />
        <RunPill runs={runs} />
        <NodePanel />
        {!readOnly && <Preview appId={appId} runs={runs} />}
        <AppSettings />
        <HistoryPanel appId={appId} />
        <ImportReport />
        <ConflictBanner autosave={autosave} />
        <SaveFailedBanner autosave={autosave} />
      </CanvasPage>
      <PublishDialog appId={appId} autosave={autosave} />
      <ShortcutSheet />
    </RunsContext>
  );
}
