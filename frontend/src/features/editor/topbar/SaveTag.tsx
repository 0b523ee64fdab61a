/** Whether the draft is on the server. */
import { Check, CircleAlert, CloudUpload, GitMerge } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Spinner, Tag } from "@/kit";
import { useEditorState } from "../store/context";
import type { EditorState } from "../store/state";

const selectSave = (state: EditorState) => state.save;

export function SaveTag() {
  const { t } = useTranslation("editor");
  const save = useEditorState(selectSave);
  const look = {
    saved: { tone: "neutral", icon: <Check size={12} /> },
    dirty: { tone: "neutral", icon: <CloudUpload size={12} /> },
    saving: { tone: "neutral", icon: <Spinner size={11} /> },
    conflict: { tone: "warn", icon: <GitMerge size={12} /> },
    failed: { tone: "bad", icon: <CircleAlert size={12} /> },
  } as const;
  return <span role="status" data-save={save} style={{ display: "inline-flex" }}><Tag tone={look[save].tone} icon={look[save].icon}>{t(`save.${save}`)}</Tag></span>;
}
