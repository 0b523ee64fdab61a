/** Moves the view so that the graph, or one node of it, is in the free part of the window. */
import { useNodesInitialized, useReactFlow, useStoreApi, type Viewport } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import { absoluteOf } from "@/graph";
import { useEditor, useEditorState } from "../store/context";
import type { Editor, EditorState } from "../store/state";

const PANEL = 376;
const PREVIEW = 452;

/** The whole graph in the free part of the window, a little above its middle: what floats is mostly at the bottom. */
export function useFit(): (duration?: number) => Promise<boolean> {
  const editor = useEditor();
  const { setViewport } = useReactFlow();
  const flow = useStoreApi();
  return useCallback(
    (duration = 220) => {
      const { width, height } = flow.getState();
      const view = fitted(editor, { width, height });
      return view ? setViewport(view, { duration }) : Promise.resolve(false);
    },
    [editor, setViewport, flow],
  );
}

const MARGIN = { top: 64, left: 112, right: 72, bottom: 88 };
const HEIGHT_SHARE = 0.32;

function fitted(editor: Editor, room: { width: number; height: number }): Viewport | null {
  const { history, openNode, surface, readOnly } = editor.store.get();
  const margin = readOnly ? { ...MARGIN, left: 48, right: 48 } : MARGIN;
  const boxes = history.doc.nodes.filter(({ parent }) => parent === null).map(({ id }) => ({ at: history.doc.layout[id] ?? { x: 0, y: 0 }, size: editor.sizeOf(id) }));
  if (boxes.length === 0 || room.width === 0) return null;
  const left = Math.min(...boxes.map(({ at }) => at.x));
  const top = Math.min(...boxes.map(({ at }) => at.y));
  const width = Math.max(...boxes.map(({ at, size }) => at.x + size.width)) - left;
  const height = Math.max(...boxes.map(({ at, size }) => at.y + size.height)) - top;
  const panel = openNode || surface === "history" || surface === "app" ? PANEL : 0;
  const free = { width: room.width - margin.left - margin.right - panel, height: room.height - margin.top - margin.bottom };
  const zoom = Math.max(0.1, Math.min(1, free.width / width, free.height / height));
  const x = margin.left + (free.width - width * zoom) / 2 - left * zoom;
  const y = margin.top + (free.height - height * zoom) * HEIGHT_SHARE - top * zoom;
  return { x, y, zoom };
}

/** Fits once, when the cards have been measured. */
export function useFitAtStart(): void {
  const fit = useFit();
  const measured = useNodesInitialized();
  const done = useRef(false);
  useEffect(() => {
    if (!measured || done.current) return;
    done.current = true;
    void fit(0);
  }, [measured, fit]);
}

/** Brings a node into view if it is not, or stands under the panel. */
export function useReveal(): (id: string) => void {
  const editor = useEditor();
  const { getZoom, flowToScreenPosition, getViewport, setViewport } = useReactFlow();
  return useCallback(
    (id) => {
      const { doc } = editor.store.get().history;
      if (!doc.layout[id]) return;
      const at = absoluteOf(doc, id);
      const zoom = getZoom();
      const size = editor.sizeOf(id);
      const corner = flowToScreenPosition(at);
      const covered = editor.store.get().preview && corner.y + size.height * zoom > window.innerHeight * 0.4;
      const left = covered ? PREVIEW : 96;
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
