/** Bottom of the canvas: view and history. */
import { useReactFlow, useStore as useFlowStore, type ReactFlowState } from "@xyflow/react";
import { CircleAlert, CircleCheck, History, Map as MapIcon, Minus, Plus, Redo2, Settings2, Undo2, Workflow } from "lucide-react";
import { useTranslation } from "react-i18next";
import { tidyUp } from "@/graph";
import { Button, IconButton } from "@/kit";
import { useFit } from "../canvas/useFit";
import { useRunsOfEditor } from "../run/runsContext";
import { useEditor, useEditorState } from "../store/context";
import { errorCount, selectCanRedo, selectCanUndo, selectFaults, selectReadOnly } from "../store/selectors";
import type { EditorState } from "../store/state";
import styles from "./Dock.module.css";
import { Problems } from "./Problems";

const selectMinimap = (state: EditorState) => state.minimap;
const selectZoom = (state: ReactFlowState) => Math.round(state.transform[2] * 100);

export function Dock() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const readOnly = useEditorState(selectReadOnly);
  return (
    <div className={styles.dock} role="toolbar" aria-label={t("dock.title")}>
      {!readOnly && <Steps />}
      <Zoom />
      <span className={styles.sep} />
      {!readOnly && <TidyButton />}
      {!readOnly && (
        <Button variant="ghost" size="sm" aria-label={t("dock.history")} icon={<History />} onClick={() => editor.show({ surface: "history" })}><span className={styles.word}>{t("dock.history")}</span></Button>
      )}
      <AppButton />
      <MinimapButton />
      {!readOnly && <ProblemsButton />}
    </div>
  );
}

function Steps() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const canUndo = useEditorState(selectCanUndo);
  const canRedo = useEditorState(selectCanRedo);
  return (
    <>
      <IconButton size="sm" tooltipSide="top" label={t("dock.undo")} shortcut="mod+Z" icon={<Undo2 />} disabled={!canUndo} onClick={editor.undo} />
      <IconButton size="sm" tooltipSide="top" label={t("dock.redo")} shortcut="shift+mod+Z" icon={<Redo2 />} disabled={!canRedo} onClick={editor.redo} />
      <span className={styles.sep} />
    </>
  );
}

function Zoom() {
  const { t } = useTranslation("editor");
  const { zoomIn, zoomOut } = useReactFlow();
  const zoom = useFlowStore(selectZoom);
  const fit = useFit();
  return (
    <>
      <IconButton size="sm" tooltipSide="top" label={t("dock.zoomOut")} icon={<Minus />} onClick={() => void zoomOut({ duration: 120 })} />
      <button type="button" className={styles.percent} title={t("dock.fit")} onClick={() => void fit()}>{zoom} %</button>
      <IconButton size="sm" tooltipSide="top" label={t("dock.zoomIn")} icon={<Plus />} onClick={() => void zoomIn({ duration: 120 })} />
    </>
  );
}

function TidyButton() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const fit = useFit();
  const tidy = () => {
    editor.dispatch(tidyUp, undefined);
    setTimeout(() => void fit(), 60);
  };
  return <Button variant="ghost" size="sm" aria-label={t("dock.tidy")} icon={<Workflow />} onClick={tidy}><span className={styles.word}>{t("dock.tidy")}</span></Button>;
}

const selectApp = (state: EditorState) => state.surface === "app";

/** Only where there is an app to set, not on a recorded run. */
function AppButton() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const runs = useRunsOfEditor();
  const open = useEditorState(selectApp);
  return runs && <Button variant="ghost" size="sm" aria-label={t("app.title")} aria-pressed={open} icon={<Settings2 />} onClick={() => editor.show({ surface: open ? null : "app" })}><span className={styles.word}>{t("app.title")}</span></Button>;
}

function MinimapButton() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const shown = useEditorState(selectMinimap);
  return <IconButton size="sm" tooltipSide="top" label={t("dock.minimap")} icon={<MapIcon />} active={shown} onClick={() => editor.show({ minimap: !shown })} />;
}

function ProblemsButton() {
  const { t } = useTranslation("editor");
  const faults = useEditorState(selectFaults);
  const errors = errorCount(faults);
  const tone = errors > 0 ? styles.bad : faults.length > 0 ? styles.warn : styles.ok;
  const icon = faults.length > 0 ? <CircleAlert /> : <CircleCheck />;
  const label = faults.length > 0 ? t("problems.count", { count: faults.length }) : t("problems.none");
  return (
    <>
      <span className={styles.sep} />
      <Problems trigger={<Button variant="ghost" size="sm" className={tone} icon={icon}>{label}</Button>} />
    </>
  );
}
