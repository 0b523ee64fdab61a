/** Copy, cut and paste through the system's clipboard, so that pieces go from one app to another. */
import { useReactFlow } from "@xyflow/react";
import { useEffect } from "react";
import { cornerOf, cut, deleteSelection, parseFragment, pasteNodes, type Fragment, type Point } from "@/graph";
import { useEditor } from "../store/context";

const SHIFT = 40;

export function useClipboard(): void {
  const editor = useEditor();
  const { screenToFlowPosition } = useReactFlow();
  useEffect(() => {
    let pasted = 0;
    const copy = (event: ClipboardEvent) => {
      const { nodes, edges, history, readOnly } = editor.store.get();
      if (nodes.length === 0 || isElsewhere()) return;
      event.preventDefault();
      pasted = 0;
      event.clipboardData?.setData("text/plain", JSON.stringify(cut(history.doc, new Set(nodes))));
      if (event.type === "cut" && !readOnly) editor.dispatch(deleteSelection, { nodes, edges });
    };
    const paste = (event: ClipboardEvent) => {
      if (isElsewhere()) return;
      const fragment = parseFragment(event.clipboardData?.getData("text/plain") ?? "");
      if (!fragment) return;
      event.preventDefault();
      pasted += 1;
      const middle = screenToFlowPosition({ x: window.innerWidth / 2, y: window.innerHeight / 2 });
      editor.dispatch(pasteNodes, { fragment, at: placeOf(fragment, pasted, middle) });
    };
    document.addEventListener("copy", copy);
    document.addEventListener("cut", copy);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", copy);
      document.removeEventListener("paste", paste);
    };
  }, [editor, screenToFlowPosition]);
}

/** Beside where it came from, if that is near; else in the middle of what is seen. */
function placeOf(fragment: Fragment, times: number, middle: Point): Point {
  const from = cornerOf(fragment);
  const near = Math.hypot(from.x - middle.x, from.y - middle.y) < 2000;
  const base = near ? from : middle;
  return { x: base.x + SHIFT * times, y: base.y + SHIFT * times };
}

/** Somebody marks text, or types: the clipboard is theirs. */
function isElsewhere(): boolean {
  const active = document.activeElement;
  if (active?.closest("input, textarea, [contenteditable=true]")) return true;
  return (document.getSelection()?.toString() ?? "") !== "";
}
