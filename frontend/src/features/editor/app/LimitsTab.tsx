/** What one run may use up before it is stopped: by the graph itself, and by the app however its graph is written. */
import { useTranslation } from "react-i18next";
import { setLimits } from "@/graph";
import tabs from "../panel/Tabs.module.css";
import { useEditor, useEditorState } from "../store/context";
import { selectDoc, selectReadOnly } from "../store/selectors";
import styles from "./App.module.css";
import { AppLimits } from "./AppLimits";
import { LimitRows } from "./LimitRows";

export function LimitsTab() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const readOnly = useEditorState(selectReadOnly);
  const limits = useEditorState(selectDoc).limits ?? {};
  return (
    <div className={tabs.stack}>
      <p className={styles.quiet}>{t("app.limitsHint")}</p>
      <h5 className={tabs.caption}>{t("app.limitsOfGraph")}</h5>
      <LimitRows limits={limits} disabled={readOnly} onChange={(next) => editor.dispatch(setLimits, { limits: next })} />
      <AppLimits />
    </div>
  );
}
