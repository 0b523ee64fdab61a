/** What the editor adds to the top bar: the state of the draft on the left, Run and Publish on the right for who may. */
import { CircleStop, Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api";
import { Button, TopBarFill } from "@/kit";
import type { Runs } from "../run/useRuns";
import { useEditor, useEditorState } from "../store/context";
import { selectIsRunning } from "../store/selectors";
import { LiveTag } from "./LiveTag";
import { SaveTag } from "./SaveTag";

export function EditorBar({ appId, runs }: { appId: string; runs: Runs }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const running = useEditorState(selectIsRunning);
  const mayEdit = useMay("editor");
  return (
    <>
      <TopBarFill slot="status">
        <SaveTag />
        <LiveTag appId={appId} />
      </TopBarFill>
      {mayEdit && (
        <TopBarFill slot="actions">
          {running
            ? <Button icon={<CircleStop />} onClick={() => void runs.stop()}>{t("topbar.stop")}</Button>
            : <Button icon={<Play />} loading={runs.starting} onClick={() => editor.show({ preview: !editor.store.get().preview })}>{t("topbar.run")}</Button>}
          <Button variant="primary" onClick={() => editor.show({ surface: "publish" })}>{t("topbar.publish")}</Button>
        </TopBarFill>
      )}
    </>
  );
}
