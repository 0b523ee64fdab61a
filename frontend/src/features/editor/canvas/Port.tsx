/** The small circles edges begin and end at. */
import { Handle, Position } from "@xyflow/react";
import { cx } from "@/kit";
import { ENTRANCE } from "./flowNodes";
import styles from "./Port.module.css";

export function Entrance() {
  return <Handle id={ENTRANCE} type="target" position={Position.Left} className={cx(styles.port, styles.entrance)} />;
}

/** Where a container leads into itself: the rounds begin here. */
export function WayIn({ handle, label }: { handle: string; label: string }) {
  return <Handle id={handle} type="source" position={Position.Right} className={cx(styles.port, styles.wayIn)} title={label} role="img" aria-label={label} />;
}

export function Outlet({ handle, taken, inRow = false }: { handle: string; taken: boolean; inRow?: boolean }) {
  return (
    <Handle
      id={handle}
      type="source"
      position={Position.Right}
      className={cx(styles.port, inRow ? styles.inRow : styles.outlet, taken && styles.taken)}
    />
  );
}
