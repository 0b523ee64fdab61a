/** Keeps React Flow and the document in step: drags stay local until they end, all else goes through commands. */
import { applyNodeChanges, useReactFlow, type EdgeChange, type NodeChange } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { containerAt, mayLieIn, moveNodes, nodeById, originOf, reparent, topmost, type Place, type Point } from "@/graph";
import { useEditor, useEditorState } from "../store/context";
import { nodeRunSelector, selectDoc, selectKinds } from "../store/selectors";
import type { Editor, EditorState } from "../store/state";
import { toFlowEdges, toFlowNodes, type CardNode, type WireEdge } from "./flowNodes";

const selectNodes = (state: EditorState) => state.nodes;
const selectEdges = (state: EditorState) => state.edges;
/** Only what colours an edge: the status and the way taken of every node, in the rounds that are shown. */
const selectWireKey = (state: EditorState) => {
  const { run, history } = state;
  if (!run) return "";
  const inside = history.doc.nodes.filter((node) => node.parent !== null).map(({ id }): [string, ReturnType<ReturnType<typeof nodeRunSelector>>] => [id, nodeRunSelector(id)(state)]);
  return [...Object.entries(run.state.nodes), ...inside].map(([id, node]) => `${id}:${node?.status ?? ""}:${node?.handle ?? ""}`).join("|");
};

export function useFlowNodes() {
  const editor = useEditor();
  const doc = useEditorState(selectDoc);
  const kinds = useEditorState(selectKinds);
  const { screenToFlowPosition } = useReactFlow();
  const chosen = useEditorState(selectNodes);
  const selected = useMemo(() => new Set(chosen), [chosen]);
  const [nodes, setNodes] = useState<CardNode[]>(() => toFlowNodes(doc, kinds, selected, []));
  const dragging = useRef(false);

  useEffect(() => {
    setNodes((before) => toFlowNodes(dragging.current ? withLocal(doc, before) : doc, kinds, selected, before));
  }, [doc, kinds, selected]);

  const onNodesChange = useCallback(
    (changes: NodeChange<CardNode>[]) => {
      const picks = changes.filter((change) => change.type === "select");
      if (picks.length > 0) editor.select(applySelect(editor.store.get().nodes, picks), editor.store.get().edges);
      for (const change of changes) {
        if (change.type === "dimensions" && change.dimensions) editor.measure(change.id, change.dimensions);
        if (change.type === "position") dragging.current = change.dragging ?? false;
      }
      const rest = changes.filter((change) => change.type !== "select" && change.type !== "remove");
      if (rest.length > 0) setNodes((before) => applyNodeChanges(rest, before));
    },
    [editor],
  );

  const onDrag = useCallback(
    (event: MouseEvent | TouchEvent | React.MouseEvent, _: unknown, moved: CardNode[]) => {
      const into = droppedInto(editor, moved.map(({ id }) => id), screenToFlowPosition(pointOf(event)));
      if (into !== editor.store.get().dropInto) editor.show({ dropInto: into });
    },
    [editor, screenToFlowPosition],
  );

  const onDragStop = useCallback(
    (event: MouseEvent | TouchEvent | React.MouseEvent, _: unknown, moved: CardNode[]) => {
      dragging.current = false;
      editor.show({ dropInto: null });
      drop(editor, moved, screenToFlowPosition(pointOf(event)));
    },
    [editor, screenToFlowPosition],
  );
  return { nodes, onNodesChange, onDrag, onDragStop };
}

/** The container under the pointer that all of the dragged nodes may lie in; null for the canvas itself. */
function droppedInto(editor: Editor, ids: readonly string[], pointer: Point): string | null {
  const { history, kinds } = editor.store.get();
  const into = containerAt(history.doc, kinds, editor.sizeOf, pointer, new Set(ids));
  return into !== null && ids.every((id) => mayLieIn(history.doc, kinds, id, into)) ? into : null;
}

function drop(editor: Editor, moved: readonly CardNode[], pointer: Point): void {
  const { doc } = editor.store.get().history;
  const ids = topmost(doc, moved.map(({ id }) => id));
  const into = droppedInto(editor, ids, pointer);
  const outer = moved.filter(({ id }) => ids.includes(id));
  const places: Record<string, Place> = Object.fromEntries(outer.map(({ id, position }) => [id, { x: Math.round(position.x), y: Math.round(position.y) }]));
  if (ids.every((id) => nodeById(doc, id)?.parent === into)) return editor.dispatch(moveNodes, { places });
  const onCanvas = Object.entries(places).map(([id, { x, y }]): [string, Point] => {
    const origin = originOf(doc, nodeById(doc, id)?.parent ?? null);
    return [id, { x: x + origin.x, y: y + origin.y }];
  });
  editor.dispatch(reparent, { ids, parent: into, places: Object.fromEntries(onCanvas) });
}

function pointOf(event: MouseEvent | TouchEvent | React.MouseEvent): Point {
  const point = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: point?.clientX ?? 0, y: point?.clientY ?? 0 };
}

export function useFlowEdges() {
  const editor = useEditor();
  const doc = useEditorState(selectDoc);
  const chosen = useEditorState(selectEdges);
  const key = useEditorState(selectWireKey);
  const last = useRef<WireEdge[]>([]);
  const edges = useMemo(() => {
    last.current = toFlowEdges(doc, new Set(chosen), (id) => nodeRunSelector(id)(editor.store.get()), last.current);
    return last.current;
    // `key` stands for the part of the run that colours edges.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [doc, chosen, key, editor]);

  const onEdgesChange = useCallback(
    (changes: EdgeChange<WireEdge>[]) => {
      const picks = changes.filter((change) => change.type === "select");
      if (picks.length > 0) editor.select(editor.store.get().nodes, applySelect(editor.store.get().edges, picks));
    },
    [editor],
  );
  return { edges, onEdgesChange };
}

function applySelect(before: readonly string[], picks: { id: string; selected: boolean }[]): string[] {
  const ids = new Set(before);
  for (const { id, selected } of picks) {
    if (selected) ids.add(id);
    else ids.delete(id);
  }
  return [...ids];
}

/** The document with the places the cards have under the pointer just now. */
function withLocal<D extends { layout: Record<string, Place> }>(doc: D, before: readonly CardNode[]): D {
  const layout = { ...doc.layout };
  for (const node of before) if (node.dragging) layout[node.id] = { ...layout[node.id], ...node.position };
  return { ...doc, layout };
}
