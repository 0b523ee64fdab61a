/** What belongs to the app and to no node: its variables, how it greets and what it takes, what a run may use up. */
import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton, TabPanel, Tabs } from "@/kit";
import { useEditor, useEditorState } from "../store/context";
import { selectMode } from "../store/selectors";
import type { EditorState } from "../store/state";
import styles from "../panel/NodePanel.module.css";
import { FeaturesTab } from "./FeaturesTab";
import { LimitsTab } from "./LimitsTab";
import { VariablesTab } from "./VariablesTab";

const selectOpen = (state: EditorState) => state.surface === "app";
type Tab = "variables" | "features" | "limits";

export function AppSettings() {
  return useEditorState(selectOpen) ? <OpenSettings /> : null;
}

function OpenSettings() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const chat = useEditorState(selectMode) === "chat";
  const [tab, setTab] = useState<Tab>("variables");
  const tabs: readonly { value: Tab; label: string }[] = [
    { value: "variables", label: t("app.variables") },
    ...(chat ? [{ value: "features" as const, label: t("app.features") }] : []),
    { value: "limits", label: t("app.limits") },
  ];
  return (
    <aside className={styles.panel} aria-label={t("app.title")}>
      <header className={styles.head}>
        <h3 className={styles.heading}>{t("app.title")}</h3>
        <IconButton label={t("panel.close")} shortcut="esc" icon={<X />} onClick={() => editor.show({ surface: null })} />
      </header>
      <Tabs value={tab} onChange={setTab} tabs={tabs} inset className={styles.tabs} label={t("app.title")}>
        <TabPanel value="variables" className={styles.body}><VariablesTab /></TabPanel>
        <TabPanel value="features" className={styles.body}><FeaturesTab /></TabPanel>
        <TabPanel value="limits" className={styles.body}><LimitsTab /></TabPanel>
      </Tabs>
    </aside>
  );
}
