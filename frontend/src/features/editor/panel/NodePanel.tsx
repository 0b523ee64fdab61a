/** The selected node: its settings, its last run, what happens when it fails. */
import { Copy, LogIn, LogOut, MoreHorizontal, Play, Trash2, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { deleteNodes, duplicate, isNote, mayLieIn, nodeById, renameNode, reparent, titleOf, type GraphNode } from "@/graph";
import { IconButton, Menu, TabPanel, Tabs, type MenuEntry } from "@/kit";
import { KindIcon } from "../canvas/KindIcon";
import { metaOf } from "../nodes";
import { useEditor, useEditorState } from "../store/context";
import { selectDoc, selectKinds, selectOpenNode, selectReadOnly } from "../store/selectors";
import type { EditorState, PanelTab } from "../store/state";
import { LastRunTab } from "./LastRunTab";
import styles from "./NodePanel.module.css";
import { PolicyTab } from "./PolicyTab";
import { useRunsAlone } from "./RunOne";
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
    ...(isNote(kind) ? [] : [{ value: "run" as const, label: t("panel.lastRun") }]),
    ...(risky ? [{ value: "errors" as const, label: t("panel.errors") }] : []),
  ];
  const shown: PanelTab = isNote(kind) || (tab === "errors" && !risky) ? "settings" : tab;
  return (
    <aside className={styles.panel} aria-label={titleOf(node)}>
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
  const alone = useRunsAlone(node);
  const entries = [
    ...(alone ? [{ label: t("runOne.open"), icon: <Play />, onSelect: () => editor.show({ tab: "run" }) }] : []),
    { label: t("panel.duplicate"), icon: <Copy />, shortcut: "mod+D", onSelect: () => editor.dispatch(duplicate, { ids: [node.id] }) },
    ...useMoves(node),
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
          placeholder={node.id}
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

/** Into each container that takes it, and out of the one it lies in: what dragging does, for the keyboard. */
function useMoves(node: GraphNode): MenuEntry[] {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const doc = useEditorState(selectDoc);
  const kinds = useEditorState(selectKinds);
  const around = node.parent === null ? undefined : nodeById(doc, node.parent);
  const outside = around?.parent ?? null;
  const targets = doc.nodes.filter((other) => kinds.get(other.kind)?.container && other.id !== node.parent && mayLieIn(doc, kinds, node.id, other.id));
  const move = (parent: string | null) => editor.dispatch(reparent, { ids: [node.id], parent });
  return [
    ...(around ? [{ label: t("panel.moveOut", { name: titleOf(around) }), icon: <LogOut />, onSelect: () => move(outside) }] : []),
    ...targets.slice(0, 6).map((target) => ({ label: t("panel.moveInto", { name: titleOf(target) }), icon: <LogIn />, onSelect: () => move(target.id) })),
  ];
}
