/** Drawing edges: which may be drawn, what happens when one is dropped on empty canvas or taken elsewhere. */
import { useReactFlow, type Connection as FlowConnection, type FinalConnectionState } from "@xyflow/react";
import { useCallback, useRef } from "react";
import { canConnect, connectNodes, disconnect, reconnect, removeEdges, SOURCE, type Connection } from "@/graph";
import { useEditor } from "../store/context";
import type { WireEdge } from "./flowNodes";

export function useConnect() {
  const editor = useEditor();
  const { screenToFlowPosition } = useReactFlow();
  const held = useRef<{ id: string; landed: boolean } | null>(null);

  const isValidConnection = useCallback(
    (candidate: FlowConnection | WireEdge) => {
      const { history, kinds } = editor.store.get();
      const doc = held.current ? removeEdges(history.doc, new Set([held.current.id])) : history.doc;
      return canConnect(doc, kinds, toConnection(candidate));
    },
    [editor],
  );

  const onConnect = useCallback((made: FlowConnection) => editor.dispatch(connectNodes, toConnection(made)), [editor]);

  /** Dropped on nothing: choose what stands there. */
  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      if (state.isValid || state.toNode || !state.fromNode || state.fromHandle?.type !== "source" || held.current) return;
      const point = "changedTouches" in event ? event.changedTouches[0] : event;
      if (!point) return;
      const screen = { x: point.clientX, y: point.clientY };
      const at = screenToFlowPosition(screen);
      const from = { node: state.fromNode.id, handle: state.fromHandle.id ?? SOURCE };
      editor.show({ picking: { screen, at: { x: at.x, y: at.y - 26 }, from } });
    },
    [editor, screenToFlowPosition],
  );

  const onReconnectStart = useCallback((_: unknown, edge: WireEdge) => {
    held.current = { id: edge.id, landed: false };
  }, []);
  const onReconnect = useCallback(
    (edge: WireEdge, made: FlowConnection) => {
      if (held.current) held.current.landed = true;
      editor.dispatch(reconnect, { id: edge.id, connection: toConnection(made) });
    },
    [editor],
  );
  const onReconnectEnd = useCallback(
    (_: unknown, edge: WireEdge) => {
      if (held.current && !held.current.landed) editor.dispatch(disconnect, { ids: [edge.id] });
      held.current = null;
    },
    [editor],
  );
  return { isValidConnection, onConnect, onConnectEnd, onReconnectStart, onReconnect, onReconnectEnd };
}

function toConnection(value: FlowConnection | WireEdge): Connection {
  return { source: value.source, handle: value.sourceHandle ?? SOURCE, target: value.target };
}
