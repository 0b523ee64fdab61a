/** Keeps React Flow and the document in step: drags stay local until they end, all else goes through commands. */
import { applyNodeChanges, type EdgeChange, type NodeChange } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { moveNodes, type Point } from "@/graph";
import { useEditor, useEditorState } from "../store/context";
import { selectDoc, selectRunState } from "../store/selectors";
import type { EditorState } from "../store/state";
import { toFlowEdges, toFlowNodes, type CardNode, type WireEdge } from "./flowNodes";

const selectNodes = (state: EditorState) => state.nodes;
const selectEdges = (state: EditorState) => state.edges;
/** Only what colours an edge: the status and the way taken of every node. */
const selectWireKey = (state: EditorState) => {
  const nodes = state.run?.state.nodes;
  return nodes ? Object.entries(nodes).map(([id, node]) => `${id}:${node.status}:${node.handle ?? ""}`).join("|") : "";
};

export function useFlowNodes() {
  const editor = useEditor();
  const doc = useEditorState(selectDoc);
  const chosen = useEditorState(selectNodes);
  const selected = useMemo(() => new Set(chosen), [chosen]);
  const [nodes, setNodes] = useState<CardNode[]>(() => toFlowNodes(doc, selected, []));
  const dragging = useRef(false);

  useEffect(() => {
    setNodes((before) => toFlowNodes(dragging.current ? withLocal(doc, before) : doc, selected, before));
  }, [doc, selected]);

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

  const onDragStop = useCallback(
    (_: unknown, __: unknown, moved: CardNode[]) => {
      dragging.current = false;
      const places: Record<string, Point> = {};
      for (const node of moved) places[node.id] = { x: Math.round(node.position.x), y: Math.round(node.position.y) };
      editor.dispatch(moveNodes, { places });
    },
    [editor],
  );
  return { nodes, onNodesChange, onDragStop };
}

export function useFlowEdges() {
  const editor = useEditor();
  const doc = useEditorState(selectDoc);
  const chosen = useEditorState(selectEdges);
  const key = useEditorState(selectWireKey);
  const last = useRef<WireEdge[]>([]);
  const edges = useMemo(() => {
    last.current = toFlowEdges(doc, new Set(chosen), selectRunState(editor.store.get()), last.current);
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
function withLocal<D extends { layout: Record<string, Point> }>(doc: D, before: readonly CardNode[]): D {
  const layout = { ...doc.layout };
  for (const node of before) if (node.dragging) layout[node.id] = node.position;
  return { ...doc, layout };
}
