/** A graph to look at, with the state of a run on it; cards open, nothing changes. */
import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useState } from "react";
import type { RunCanvasProps } from "@/api";
import { Canvas } from "./canvas/Canvas";
import { CanvasPage } from "./canvas/CanvasPage";
import { useNames } from "./data/useNames";
import { Dock } from "./dock/Dock";
import { NodePanel } from "./panel/NodePanel";
import { EditorProvider } from "./store/context";
import { createEditor } from "./store/state";

export function RunCanvas({ document, kinds, run, selected, onSelect }: RunCanvasProps) {
  const [editor] = useState(() => createEditor({ document, kinds, readOnly: true }));
  useNames(editor);
  useEffect(() => {
    editor.show({ run: run ? { id: "shown", since: 0, ...run } : null });
  }, [editor, run]);
  useEffect(() => {
    if (selected !== undefined && editor.store.get().openNode !== selected) editor.open(selected, { tab: "run" });
  }, [editor, selected]);
  useEffect(() => {
    let last = editor.store.get().openNode;
    return editor.store.subscribe(() => {
      const { openNode } = editor.store.get();
      if (openNode !== last) onSelect?.((last = openNode));
    });
  }, [editor, onSelect]);
  return (
    <EditorProvider editor={editor}>
      <ReactFlowProvider>
        <CanvasPage>
          <Canvas />
          <Dock />
          <NodePanel />
        </CanvasPage>
      </ReactFlowProvider>
    </EditorProvider>
  );
}
