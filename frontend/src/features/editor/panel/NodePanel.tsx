/** The selected node: its settings, its last run, what happens when it fails. */
import { Copy, MoreHorizontal, Trash2, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { deleteNodes, duplicate, renameNode, type GraphNode } from "@/graph";
import { IconButton, Menu, TabPanel, Tabs } from "@/kit";
import { KindIcon } from "../canvas/KindIcon";
import { metaOf } from "../nodes";
import { useEditor, useEditorState } from "../store/context";
import { selectKinds, selectOpenNode, selectReadOnly } from "../store/selectors";
import type { EditorState, PanelTab } from "../store/state";
import { LastRunTab } from "./LastRunTab";
import styles from "./NodePanel.module.css";
import { PolicyTab } from "./PolicyTab";
import { SettingsTab } from "./SettingsTab";

const selectTab = (state: EditorState) => state.tab;

export function NodePanel() {
  const node = useEditorState(selectOpenNode);
  return node ? <OpenPanel key={node.id} node={node} /> : null;
}

function OpenPanel({ node }: { node: GraphNode }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const tab = useEditorState(selectTab);
  const kind = useEditorState(selectKinds).get(node.kind);
  const risky = kind?.accepts_input !== false && kind?.handles !== "none";
  const tabs = [
    { value: "settings" as const, label: t("panel.settings") },
    { value: "run" as const, label: t("panel.lastRun") },
    ...(risky ? [{ value: "errors" as const, label: t("panel.errors") }] : []),
  ];
  const shown: PanelTab = tab === "errors" && !risky ? "settings" : tab;
  return (
    <aside className={styles.panel} aria-label={node.title}>
      <PanelHead node={node} />
      <Tabs value={shown} onChange={(next) => editor.show({ tab: next })} tabs={tabs} inset className={styles.tabs} label={t("panel.title")}>
        <TabPanel value="settings" className={styles.body}><SettingsTab node={node} /></TabPanel>
        <TabPanel value="run" className={styles.body}><LastRunTab node={node} /></TabPanel>
        <TabPanel value="errors" className={styles.body}><PolicyTab node={node} /></TabPanel>
      </Tabs>
    </aside>
  );
}

function PanelHead({ node }: { node: GraphNode }) {
  const { t } = useTranslation(["editor", "nodes"]);
  const editor = useEditor();
  const readOnly = useEditorState(selectReadOnly);
  const kind = useEditorState(selectKinds).get(node.kind);
  const name = t(`nodes:${node.kind}.name`, { defaultValue: node.kind });
  const entries = [
    { label: t("panel.duplicate"), icon: <Copy />, shortcut: "mod+D", onSelect: () => editor.dispatch(duplicate, { ids: [node.id] }) },
    { kind: "separator" as const },
    { label: t("panel.delete"), icon: <Trash2 />, shortcut: "backspace", danger: true, onSelect: () => editor.dispatch(deleteNodes, { ids: [node.id] }) },
  ];
  return (
    <header className={styles.head}>
      <KindIcon icon={metaOf(node.kind).icon} family={kind?.family ?? "tool"} size={28} />
      <div className={styles.titles}>
        <input
          className={styles.title}
          aria-label={t("panel.rename")}
          value={node.title}
          readOnly={readOnly}
          maxLength={80}
          spellCheck={false}
          onChange={(event) => editor.dispatch(renameNode, { id: node.id, title: event.target.value })}
          onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
        />
        <span className={styles.kind}>{name}<code className={styles.id}>{node.id}</code></span>
      </div>
      {!readOnly && <Menu trigger={<IconButton label={t("form.options")} icon={<MoreHorizontal />} />} entries={entries} />}
      <IconButton label={t("panel.close")} shortcut="esc" icon={<X />} onClick={() => editor.open(null)} />
    </header>
  );
}
