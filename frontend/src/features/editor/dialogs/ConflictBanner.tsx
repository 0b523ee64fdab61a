/** Somebody else saved this draft. Nothing is lost either way: theirs can be undone, mine is still here. */
import { GitMerge } from "lucide-react";
import { useTranslation } from "react-i18next";
import { replaceDocument } from "@/graph";
import { Button, useFormat } from "@/kit";
import type { Autosave } from "../data/autosave";
import { useEditor, useEditorState } from "../store/context";
import type { EditorState } from "../store/state";
import styles from "./Banner.module.css";

const selectConflict = (state: EditorState) => state.conflict;

export function ConflictBanner({ autosave }: { autosave: Autosave | null }) {
  const { t } = useTranslation("editor");
  const { ago } = useFormat();
  const editor = useEditor();
  const conflict = useEditorState(selectConflict);
  if (!conflict) return null;
  const takeTheirs = () => {
    editor.dispatch(replaceDocument, { document: conflict.document });
    editor.store.set({ revision: conflict.revision });
    autosave?.settle(conflict.document);
  };
  return (
    <div className={styles.banner} role="alert">
      <GitMerge size={16} />
      <p className={styles.text}>
        <strong>{conflict.own ? t("conflict.titleOwn") : conflict.by ? t("conflict.titleBy", { name: conflict.by }) : t("conflict.title")}</strong>{" "}
        {conflict.at ? t("conflict.when", { when: ago(conflict.at) }) : ""} {t("conflict.text")}
      </p>
      <Button size="sm" onClick={takeTheirs}>{t(conflict.own ? "conflict.other" : "conflict.theirs")}</Button>
      <Button size="sm" variant="primary" onClick={() => autosave?.keepMine()}>{t(conflict.own ? "conflict.this" : "conflict.mine")}</Button>
    </div>
  );
}
