/** Copy, cut and paste through the system's clipboard, so that pieces go from one app to another. */
import { useReactFlow } from "@xyflow/react";
import { useEffect } from "react";
import { clearSpot, containerAt, cornerOf, cut, deleteSelection, parseFragment, pasteNodes, type Fragment, type Point } from "@/graph";
import { useEditor } from "../store/context";

/** The pointer holds a pasted card by its head. */
const GRIP = { x: 24, y: 24 };

export function useClipboard(): void {
  const editor = useEditor();
  const { screenToFlowPosition } = useReactFlow();
  useEffect(() => {
    let pointer: Point | null = null;
    const move = (event: PointerEvent) => {
      const over = (event.target as Element | null)?.closest?.(".react-flow__pane, .react-flow__node");
      pointer = over ? { x: event.clientX, y: event.clientY } : null;
    };
    const copy = (event: ClipboardEvent) => {
      const { nodes, edges, history, readOnly } = editor.store.get();
      if (nodes.length === 0 || isElsewhere()) return;
      event.preventDefault();
      event.clipboardData?.setData("text/plain", JSON.stringify(cut(history.doc, new Set(nodes))));
      if (event.type === "cut" && !readOnly) editor.dispatch(deleteSelection, { nodes, edges });
    };
    const paste = (event: ClipboardEvent) => {
      if (isElsewhere()) return;
      const fragment = parseFragment(event.clipboardData?.getData("text/plain") ?? "");
      if (!fragment) return;
      event.preventDefault();
      const middle = screenToFlowPosition({ x: window.innerWidth / 2, y: window.innerHeight / 2 });
      const wish = wishFor(fragment, pointer && screenToFlowPosition(pointer), middle);
      const { history, kinds } = editor.store.get();
      const into = containerAt(history.doc, kinds, editor.sizeOf, wish);
      editor.dispatch(pasteNodes, { fragment, at: clearSpot(history.doc, fragment, wish, editor.sizeOf, into), into });
    };
    window.addEventListener("pointermove", move);
    document.addEventListener("copy", copy);
    document.addEventListener("cut", copy);
    document.addEventListener("paste", paste);
    return () => {
      window.removeEventListener("pointermove", move);
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", copy);
      document.removeEventListener("paste", paste);
    };
  }, [editor, screenToFlowPosition]);
}

/** At the pointer; without one, where it came from if that is near, else in the middle of what is seen. */
export function wishFor(fragment: Fragment, pointer: Point | null, middle: Point): Point {
  if (pointer) return { x: Math.round(pointer.x - GRIP.x), y: Math.round(pointer.y - GRIP.y) };
  const from = cornerOf(fragment);
  return Math.hypot(from.x - middle.x, from.y - middle.y) < 2000 ? from : middle;
}

/** Somebody marks text, or types: the clipboard is theirs. */
function isElsewhere(): boolean {
  const active = document.activeElement;
  if (active?.closest("input, textarea, [contenteditable=true]")) return true;
  return (document.getSelection()?.toString() ?? "") !== "";
}
