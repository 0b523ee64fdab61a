/** The draft could not be saved: why, and what happens next. */
import { CloudOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, useErrorText } from "@/kit";
import type { Autosave } from "../data/autosave";
import { useEditorState } from "../store/context";
import type { EditorState } from "../store/state";
import styles from "./Banner.module.css";

const selectFailure = (state: EditorState) => (state.save === "failed" ? state.saveError : null);

export function SaveFailedBanner({ autosave }: { autosave: Autosave | null }) {
  const failure = useEditorState(selectFailure);
  return failure ? <Banner failure={failure} autosave={autosave} /> : null;
}

function Banner({ failure, autosave }: { failure: unknown; autosave: Autosave | null }) {
  const { t } = useTranslation("editor");
  const { message } = useErrorText(failure);
  return (
    <div className={styles.banner} data-tone="bad" role="alert">
      <CloudOff size={16} />
      <p className={styles.text}><strong>{t("save.failed")}.</strong> {message} {t("save.failedText")}</p>
      <Button size="sm" onClick={() => void autosave?.flush().catch(() => undefined)}>{t("save.now")}</Button>
    </div>
  );
}
