/** What an app without nodes shows: how to begin. */
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, EmptyState, Kbd } from "@/kit";
import { useEditor, useEditorState } from "../store/context";
import type { EditorState } from "../store/state";
import styles from "../EditorPage.module.css";

const selectIsEmpty = (state: EditorState) => state.history.doc.nodes.length === 0;

export function EmptyCanvas() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const empty = useEditorState(selectIsEmpty);
  if (!empty) return null;
  return (
    <div className={styles.empty}>
      <EmptyState
        picture="apps"
        title={t("canvas.emptyTitle")}
        text={t("canvas.emptyText")}
        action={<Button variant="primary" icon={<Plus />} data-keeps-picker="" onClick={() => editor.show({ picking: { screen: null, at: null } })}>{t("palette.add")}<Kbd keys="/" quiet /></Button>}
      />
    </div>
  );
}
