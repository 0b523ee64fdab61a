/** Drawing edges: which may be drawn, what happens when one is dropped on empty canvas, on a card, or taken elsewhere. */
import { useReactFlow, type Connection as FlowConnection, type FinalConnectionState, type HandleType } from "@xyflow/react";
import { useCallback, useRef } from "react";
import { canConnect, connectNodes, disconnect, reconnect, refusalOf, removeEdges, SOURCE, type Connection, type Point } from "@/graph";
import { useEditor } from "../store/context";
import type { Editor } from "../store/state";
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

  /** Dropped on a card: that card is meant. Dropped on nothing: choose what stands there. */
  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      const screen = pointOf(event);
      if (state.isValid || held.current || !screen) return;
      const wish = wishOf(state, screen);
      if (wish) {
        if (!refuse(editor, wish, screen)) editor.dispatch(connectNodes, wish);
        return;
      }
      if (state.toNode || !state.fromNode || state.fromHandle?.type !== "source") return;
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
  /** Dropped where it may not go, an edge stays as it was; dropped on nothing, it goes. */
  const onReconnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, edge: WireEdge, _: HandleType, state: FinalConnectionState) => {
      const screen = pointOf(event);
      const wish = screen && wishOf(state, screen);
      if (held.current && !held.current.landed) {
        if (screen && wish) refuse(editor, wish, screen, edge.id);
        else editor.dispatch(disconnect, { ids: [edge.id] });
      }
      held.current = null;
    },
    [editor],
  );
  return { isValidConnection, onConnect, onConnectEnd, onReconnectStart, onReconnect, onReconnectEnd };
}

/** The edge that was wished for by letting go over a card or one of its ports. */
export function wishOf({ fromNode, fromHandle, toNode, toHandle }: FinalConnectionState, screen: Point): Connection | null {
  const over = toNode?.id ?? cardAt(screen);
  if (!fromNode || !over) return null;
  if (fromHandle?.type === "source") return { source: fromNode.id, handle: fromHandle.id ?? SOURCE, target: over };
  return { source: over, handle: (toHandle?.type === "source" ? toHandle.id : null) ?? SOURCE, target: fromNode.id };
}

/** Says why the edge may not be drawn; false where it may. */
export function refuse(editor: Editor, wish: Connection, screen: Point, without?: string): boolean {
  const { history, kinds } = editor.store.get();
  const doc = without === undefined ? history.doc : removeEdges(history.doc, new Set([without]));
  const why = refusalOf(doc, kinds, wish);
  if (why) editor.show({ refused: { why, screen } });
  return why !== null;
}

function cardAt({ x, y }: Point): string | null {
  const card = document.elementsFromPoint?.(x, y).find((element) => element.classList.contains("react-flow__node"));
  return card?.getAttribute("data-id") ?? null;
}

function pointOf(event: MouseEvent | TouchEvent): Point | null {
  const point = "changedTouches" in event ? event.changedTouches[0] : event;
  return point ? { x: point.clientX, y: point.clientY } : null;
}

function toConnection(value: FlowConnection | WireEdge): Connection {
  return { source: value.source, handle: value.sourceHandle ?? SOURCE, target: value.target };
}
