/** Puts a node of the chosen kind where the picker was asked to: on an edge, at the end of one, at the pointer, or after what is selected. */
import { useReactFlow } from "@xyflow/react";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { addNode, freeSpot, handlesOf, nodeById, placeAfter, SOURCE, type AddArgs } from "@/graph";
import { useEditor } from "../store/context";
import type { Editor, Picking } from "../store/state";

export function useAdd(): (kind: string, picking: Picking) => void {
  const editor = useEditor();
  const { t } = useTranslation("nodes");
  const { screenToFlowPosition } = useReactFlow();
  return useCallback(
    (kind, picking) => {
      const middle = screenToFlowPosition({ x: window.innerWidth / 2 - 108, y: window.innerHeight / 2 - 60 });
      const place = placeFor(editor, picking, middle);
      editor.dispatch(addNode, { kind, title: t(`${kind}.name`, { defaultValue: kind }), ...place });
      editor.show({ picking: null });
    },
    [editor, t, screenToFlowPosition],
  );
}

function placeFor(editor: Editor, picking: Picking, middle: { x: number; y: number }): Omit<AddArgs, "kind" | "title"> {
  const { history, nodes } = editor.store.get();
  const extra = { ...(picking.from ? { from: picking.from } : {}), ...(picking.onEdge ? { onEdge: picking.onEdge } : {}) };
  if (picking.at) return { at: freeSpot(history.doc, picking.at, editor.sizeOf), ...extra };
  const after = nodes.length === 1 ? nodes[0] : undefined;
  if (after === undefined) return { at: freeSpot(history.doc, middle, editor.sizeOf), ...extra };
  const at = placeAfter(history.doc, after, editor.sizeOf);
  return { at, ...(looseEnd(editor, after) ? { from: { node: after, handle: SOURCE } } : {}) };
}

/** Has this node one ordinary way out, and nothing there yet? */
function looseEnd(editor: Editor, id: string): boolean {
  const { history, kinds } = editor.store.get();
  const node = nodeById(history.doc, id);
  if (!node || !handlesOf(node, kinds.get(node.kind)).includes(SOURCE)) return false;
  return !history.doc.edges.some((edge) => edge.source === id && edge.handle === SOURCE);
}
