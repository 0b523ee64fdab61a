/** An edge: its state, and a plus to put a node into it. */
import { BaseEdge, EdgeLabelRenderer, getBezierPath, type EdgeProps } from "@xyflow/react";
import { Plus, X } from "lucide-react";
import { memo, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { disconnect } from "@/graph";
import { cx } from "@/kit";
import { useEditor, useEditorState } from "../store/context";
import { selectReadOnly } from "../store/selectors";
import type { EditorState } from "../store/state";
import type { WireEdge } from "./flowNodes";
import styles from "./Wire.module.css";

const isOnlySelected = (id: string) => (state: EditorState) => state.edges.length === 1 && state.edges[0] === id;

export const Wire = memo(function Wire(props: EdgeProps<WireEdge>) {
  const { id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data } = props;
  const readOnly = useEditorState(selectReadOnly);
  const [hover, setHover] = useState(false);
  const [path, x, y] = getBezierPath({ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition, curvature: 0.3 });
  const alone = useEditorState(useMemo(() => isOnlySelected(id), [id]));
  const shown = !readOnly && (hover || alone);
  return (
    <g onMouseEnter={() => setHover(true)} onMouseLeave={() => setHover(false)}>
      <BaseEdge
        path={path}
        interactionWidth={22}
        className={cx(styles.wire, styles[data?.state ?? "idle"], hover && styles.hover)}
      />
      {shown && (
        <EdgeLabelRenderer>
          <div
            className={cx(styles.tools, "nodrag nopan")}
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
            onMouseEnter={() => setHover(true)}
            onMouseLeave={() => setHover(false)}
          >
            <WireTools id={id} x={x} y={y} selected={alone} />
          </div>
        </EdgeLabelRenderer>
      )}
    </g>
  );
});

function WireTools({ id, x, y, selected }: { id: string; x: number; y: number; selected: boolean }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const insert = (event: React.MouseEvent) => {
    const screen = { x: event.clientX, y: event.clientY };
    editor.show({ picking: { screen, at: { x: x - 108, y: y + 44 }, onEdge: id } });
  };
  return (
    <>
      <button type="button" className={styles.tool} aria-label={t("canvas.insert")} title={t("canvas.insert")} onClick={insert}>
        <Plus size={13} strokeWidth={2.25} />
      </button>
      {selected && (
        <button type="button" className={styles.tool} aria-label={t("canvas.disconnect")} title={t("canvas.disconnect")} onClick={() => editor.dispatch(disconnect, { ids: [id] })}>
          <X size={13} strokeWidth={2.25} />
        </button>
      )}
    </>
  );
}
