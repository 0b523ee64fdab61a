/** Moves the view so that the graph, or one node of it, is in the free part of the window. */
import { useReactFlow } from "@xyflow/react";
import { useCallback, useEffect } from "react";
import { useEditor, useEditorState } from "../store/context";
import type { EditorState } from "../store/state";

const PANEL = 376;

export function useFit(): () => Promise<boolean> {
  const editor = useEditor();
  const { fitView } = useReactFlow();
  return useCallback(() => {
    const right = editor.store.get().openNode ? PANEL + 40 : 72;
    return fitView({ padding: { top: "56px", left: "112px", right: `${right}px`, bottom: "240px" }, maxZoom: 1, duration: 220 });
  }, [editor, fitView]);
}

/** Brings a node into view if it is not, or stands under the panel. */
export function useReveal(): (id: string) => void {
  const editor = useEditor();
  const { getZoom, flowToScreenPosition, getViewport, setViewport } = useReactFlow();
  return useCallback(
    (id) => {
      const at = editor.store.get().history.doc.layout[id];
      if (!at) return;
      const zoom = getZoom();
      const size = editor.sizeOf(id);
      const corner = flowToScreenPosition(at);
      const left = 96;
      const right = window.innerWidth - (editor.store.get().openNode ? PANEL + 24 : 24);
      const top = 72;
      const bottom = window.innerHeight - 88;
      const dx = shift(corner.x, size.width * zoom, left, right);
      const dy = shift(corner.y, size.height * zoom, top, bottom);
      if (dx === 0 && dy === 0) return;
      const view = getViewport();
      void setViewport({ ...view, x: view.x + dx, y: view.y + dy }, { duration: 220 });
    },
    [editor, getZoom, flowToScreenPosition, getViewport, setViewport],
  );
}

const selectOpened = (state: EditorState) => state.openNode;

/** A node whose panel opens does not stay hidden under it. */
export function useRevealOpened(): void {
  const opened = useEditorState(selectOpened);
  const reveal = useReveal();
  useEffect(() => {
    if (opened) reveal(opened);
  }, [opened, reveal]);
}

function shift(from: number, length: number, low: number, high: number): number {
  if (from < low) return low - from;
  if (from + length > high) return Math.max(high - from - length, low - from);
  return 0;
}
