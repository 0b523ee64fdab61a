/** The page of the canvas. It tells what floats in its middle how much of it is covered from the sides. */
import type { ReactNode } from "react";
import { useEditorState } from "../store/context";
import type { EditorState } from "../store/state";
import styles from "../EditorPage.module.css";

const selectRight = (state: EditorState) => state.openNode !== null || state.surface === "history" || state.surface === "app";
const selectLeft = (state: EditorState) => state.preview;

export function CanvasPage({ children }: { children: ReactNode }) {
  const right = useEditorState(selectRight);
  const left = useEditorState(selectLeft);
  return <div className={styles.page} data-right={right || undefined} data-left={left || undefined}>{children}</div>;
}
