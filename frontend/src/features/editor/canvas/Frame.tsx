/** A container as a frame round what it holds: its head, the way in, its outlets, and how far its rounds have come. */
import { NodeResizer, type NodeProps } from "@xyflow/react";
import { ArrowRight, Plus } from "lucide-react";
import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { absoluteOf, BODY, handlesOf, INSET, resizeFrame, SMALLEST, SOURCE, titleOf, type GraphNode } from "@/graph";
import { Button, cx } from "@/kit";
import { metaOf } from "../nodes";
import { useEditor, useEditorState } from "../store/context";
import { nodeFaultsSelector, nodeRunSelector, selectKinds, selectReadOnly } from "../store/selectors";
import type { EditorState } from "../store/state";
import { shallowEqual } from "../store/store";
import { CardOutlets } from "./CardOutlets";
import { CardStatus } from "./CardStatus";
import type { CardNode } from "./flowNodes";
import styles from "./Frame.module.css";
import { FrameCause, FrameFacts } from "./FrameFacts";
import { familyColour, KindIcon } from "./KindIcon";
import { Entrance, WayIn } from "./Port";
import { Rounds } from "./Rounds";

const isEmpty = (id: string) => (state: EditorState) => !state.history.doc.nodes.some((node) => node.parent === id);
const isTarget = (id: string) => (state: EditorState) => state.dropInto === id;

export const Frame = memo(
  function Frame({ data, selected }: NodeProps<CardNode>) {
    return <FrameView node={data.node} selected={selected ?? false} />;
  },
  (a, b) => a.data === b.data && a.selected === b.selected,
);

function FrameView({ node, selected }: { node: GraphNode; selected: boolean }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const readOnly = useEditorState(selectReadOnly);
  const kind = useEditorState(selectKinds).get(node.kind);
  const run = useEditorState(useMemo(() => nodeRunSelector(node.id), [node.id]));
  const faults = useEditorState(useMemo(() => nodeFaultsSelector(node.id), [node.id]), shallowEqual);
  const target = useEditorState(useMemo(() => isTarget(node.id), [node.id]));
  const state = run?.status ?? (faults.some((fault) => fault.severity === "error") ? "faulty" : "idle");
  const family = kind?.family ?? "logic";
  const empty = useEditorState(useMemo(() => isEmpty(node.id), [node.id]));
  const addFirst = (event: React.MouseEvent) => {
    const corner = absoluteOf(editor.store.get().history.doc, node.id);
    const at = { x: corner.x + INSET.left, y: corner.y + INSET.top };
    editor.show({ picking: { screen: { x: event.clientX, y: event.clientY }, at, parent: node.id } });
  };
  return (
    <section
      className={cx(styles.frame, styles[state], target && styles.target)}
      style={{ "--c": familyColour(family) } as React.CSSProperties}
      data-node={node.id}
      data-kind={node.kind}
      data-state={run?.status ?? "idle"}
      aria-label={titleOf(node)}
    >
      {!readOnly && (
        <NodeResizer
          isVisible={selected}
          minWidth={SMALLEST.width}
          minHeight={SMALLEST.height}
          handleClassName={styles.handle ?? ""}
          lineClassName={styles.edge ?? ""}
          onResizeEnd={(_, { x, y, width, height }) => editor.dispatch(resizeFrame, { id: node.id, place: round({ x, y, width, height }) })}
        />
      )}
      <header className={styles.head}>
        <KindIcon icon={metaOf(node.kind).icon} family={family} />
        <h4 className={styles.title} title={titleOf(node)}>{titleOf(node)}</h4>
        {/* how far the rounds have come needs the room */}
        {!run && <FrameFacts node={node} />}
        <span className={styles.grow} />
        <Rounds id={node.id} />
        <CardStatus run={run} faults={faults} />
      </header>
      {run?.error && <FrameCause run={run} />}
      <span className={styles.begin}>
        <ArrowRight size={14} strokeWidth={2.25} />
        <WayIn handle={BODY} label={t("frame.begin")} />
      </span>
      {empty && !readOnly && (
        <div className={styles.empty}>
          <Button size="sm" className="nodrag" icon={<Plus />} data-keeps-picker="" onClick={addFirst}>{t("frame.add")}</Button>
          <span>{t("frame.empty")}</span>
        </div>
      )}
      <div className={cx(styles.outlets, handlesOf(node, kind).some((handle) => handle !== SOURCE && handle !== BODY) && styles.rows)}>
        <CardOutlets node={node} run={run} />
      </div>
      <Entrance />
    </section>
  );
}

function round<T extends Record<string, number>>(place: T): T {
  return Object.fromEntries(Object.entries(place).map(([name, value]) => [name, Math.round(value)])) as T;
}
