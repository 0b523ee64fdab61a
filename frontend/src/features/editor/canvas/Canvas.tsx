/** The graph, drawn and handled. All it knows of a node is its card. */
import { Background, BackgroundVariant, ConnectionLineType, MiniMap, ReactFlow, SelectionMode } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useTheme } from "@/kit";
import { useEditor, useEditorState } from "../store/context";
import { selectReadOnly } from "../store/selectors";
import type { EditorState } from "../store/state";
import styles from "./Canvas.module.css";
import { Card } from "./Card";
import type { CardNode } from "./flowNodes";
import { Frame } from "./Frame";
import { Note } from "./Note";
import { useConnect } from "./useConnect";
import { useDrop } from "./useDrop";
import { useFitAtStart, useRevealOpened } from "./useFit";
import { useFlowEdges, useFlowNodes } from "./useFlow";
import { Wire } from "./Wire";

const NODE_TYPES = { card: Card, frame: Frame, note: Note };
const EDGE_TYPES = { wire: Wire };
const selectMinimap = (state: EditorState) => state.minimap;
const MINIMAP = { width: 168, height: 108 };
const nodeColour = (node: CardNode) => `var(--minimap-${node.selected ? "on" : node.type})`;

export function Canvas({ children }: { children?: ReactNode }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const readOnly = useEditorState(selectReadOnly);
  const minimap = useEditorState(selectMinimap);
  const { shown } = useTheme();
  const { nodes, onNodesChange, onDrag, onDragStop } = useFlowNodes();
  const { edges, onEdgesChange } = useFlowEdges();
  useFitAtStart();
  useRevealOpened();
  const connect = useConnect();
  const drop = useDrop();
  const labels = useMemo(() => ({ "node.a11yDescription.default": t("canvas.nodeHelp") }), [t]);

  return (
    <ReactFlow
      className={styles.canvas ?? ""}
      colorMode={shown}
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      onNodesChange={onNodesChange}
      onEdgesChange={onEdgesChange}
      onNodeDrag={onDrag}
      onNodeDragStop={onDragStop}
      onNodeClick={(event, node) => !event.shiftKey && !event.metaKey && !event.ctrlKey && editor.open(node.id)}
      onPaneClick={() => editor.open(null)}
      {...(readOnly ? {} : { ...connect, ...drop })}
      nodesDraggable={!readOnly}
      nodesConnectable={!readOnly}
      edgesReconnectable={!readOnly}
      deleteKeyCode={null}
      disableKeyboardA11y
      multiSelectionKeyCode={["Meta", "Control", "Shift"]}
      selectionKeyCode="Shift"
      selectionMode={SelectionMode.Partial}
      panOnScroll
      zoomOnDoubleClick={false}
      connectionLineType={ConnectionLineType.Bezier}
      connectionRadius={28}
      nodeDragThreshold={3}
      minZoom={0.1}
      maxZoom={2}
      onlyRenderVisibleElements={nodes.length > 150}
      ariaLabelConfig={labels}
      attributionPosition="bottom-left"
    >
      <Background variant={BackgroundVariant.Dots} gap={20} size={1.6} />
      {minimap && <MiniMap className={styles.minimap ?? ""} style={MINIMAP} nodeColor={nodeColour} nodeBorderRadius={24} offsetScale={2} pannable zoomable ariaLabel={t("canvas.minimap")} />}
      {children}
    </ReactFlow>
  );
}
