/** Kinds dragged from the palette and dropped on the canvas. */
import { useReactFlow } from "@xyflow/react";
import { useCallback, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { addNode, containerAt, mayAdd } from "@/graph";
import { useEditor } from "../store/context";

export const KIND_MIME = "application/x-weft-kind";

export function useDrop() {
  const editor = useEditor();
  const { t } = useTranslation("nodes");
  const { screenToFlowPosition } = useReactFlow();
  const onDragOver = useCallback((event: DragEvent) => {
    if (!event.dataTransfer.types.includes(KIND_MIME)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  }, []);
  const onDrop = useCallback(
    (event: DragEvent) => {
      const kind = event.dataTransfer.getData(KIND_MIME);
      if (!kind) return;
      event.preventDefault();
      const at = screenToFlowPosition({ x: event.clientX - 108, y: event.clientY - 24 });
      const { history, kinds } = editor.store.get();
      const under = containerAt(history.doc, kinds, editor.sizeOf, screenToFlowPosition({ x: event.clientX, y: event.clientY }));
      const parent = mayAdd(history.doc, kinds, kind, under) ? under : null;
      editor.dispatch(addNode, { kind, title: t(`${kind}.name`, { defaultValue: kind }), at, parent });
      editor.show({ picking: null });
    },
    [editor, screenToFlowPosition, t],
  );
  return { onDragOver, onDrop };
}
