/** Beside the pointer, for a moment: why an edge that was dropped was not drawn. */
import { CircleAlert } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorState } from "../store/context";
import type { EditorState } from "../store/state";
import styles from "./Refused.module.css";

const SHOWN_MS = 3500;
const selectRefused = (state: EditorState) => state.refused;

export function Refused() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const refused = useEditorState(selectRefused);
  useEffect(() => {
    if (!refused) return;
    const away = () => editor.show({ refused: null });
    const timer = setTimeout(away, SHOWN_MS);
    window.addEventListener("pointerdown", away, true);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("pointerdown", away, true);
    };
  }, [refused, editor]);
  if (!refused) return null;
  return (
    <p className={styles.refused} role="status" style={{ left: refused.screen.x, top: refused.screen.y }}>
      <CircleAlert size={14} />
      {t(`refused.${refused.why}`)}
    </p>
  );
}
