/** Puts a node of the chosen kind where the picker was asked to: on an edge, at the end of one, at the pointer, or after what is selected. */
import { useQuery } from "@tanstack/react-query";
import { useReactFlow } from "@xyflow/react";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { modelsQuery, type Model } from "@/api";
import { addNode, BODY, containerAt, freeSpot, handlesOf, nodeById, parentFor, placeAfter, SOURCE, type AddArgs, type Point } from "@/graph";
import { useEditor } from "../store/context";
import type { Editor, Picking } from "../store/state";

export function useAdd(): (kind: string, picking: Picking) => void {
  const editor = useEditor();
  const { t } = useTranslation("nodes");
  const { screenToFlowPosition } = useReactFlow();
  const model = onlyOne(useQuery(modelsQuery("chat")).data?.items ?? []);
  return useCallback(
    (kind, picking) => {
      const middle = screenToFlowPosition({ x: window.innerWidth / 2 - 108, y: window.innerHeight / 2 - 60 });
      const place = placeFor(editor, kind, picking, middle);
      editor.dispatch(addNode, { kind, title: t(`${kind}.name`, { defaultValue: kind }), ...place, model });
      editor.show({ picking: null });
    },
    [editor, t, screenToFlowPosition, model],
  );
}

/** The only model that is connected. What comes with Weft and has a note of its own counts where there is nothing else. */
function onlyOne(models: readonly Model[]): Model | null {
  const connected = models.filter((model) => !model.note_code);
  const [first, second] = connected.length > 0 ? connected : models;
  return first && !second ? first : null;
}

function placeFor(editor: Editor, kind: string, picking: Picking, middle: Point): Omit<AddArgs, "kind" | "title"> {
  const { history, nodes, kinds } = editor.store.get();
  const { doc } = history;
  const after = nodes.length === 1 ? nodes[0] : undefined;
  const goesOn = !picking.at && after !== undefined;
  const extra = {
    ...(picking.from ? { from: picking.from } : goesOn && looseEnd(editor, after) ? { from: { node: after, handle: SOURCE } } : {}),
    ...(picking.onEdge ? { onEdge: picking.onEdge } : {}),
  };
  const wish = picking.at ?? (goesOn ? placeAfter(doc, after, editor.sizeOf) : middle);
  const asked = picking.parent ?? (goesOn ? (nodeById(doc, after)?.parent ?? null) : picking.at ? containerAt(doc, kinds, editor.sizeOf, wish) : null);
  const parent = parentFor(doc, kinds, { kind, parent: asked, ...extra });
  return { at: picking.from?.handle === BODY ? wish : freeSpot(doc, wish, editor.sizeOf, parent), parent, ...extra };
}

/** Has this node one ordinary way out, and nothing there yet? */
function looseEnd(editor: Editor, id: string): boolean {
  const { history, kinds } = editor.store.get();
  const node = nodeById(history.doc, id);
  if (!node || !handlesOf(node, kinds.get(node.kind)).includes(SOURCE)) return false;
  return !history.doc.edges.some((edge) => edge.source === id && edge.handle === SOURCE);
}
