/** How far a container's rounds have come, and which of them the canvas shows. */
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { inFrame, progressOf, shownFrame, type Progress } from "@/graph";
import { IconButton } from "@/kit";
import { useEditor, useEditorState } from "../store/context";
import { framePathSelector } from "../store/selectors";
import type { EditorState } from "../store/state";
import { shallowEqual } from "../store/store";
import styles from "./Frame.module.css";

interface Shown extends Progress {
  /** Where the container stands: the start of the paths of its frames. */
  key: string;
  count: number;
  index: number | null;
}

const roundsOf = (id: string) => (state: EditorState): Shown | null => {
  const path = framePathSelector(id)(state);
  const progress = state.run && path !== null ? progressOf(state.run.state, path, id) : null;
  if (!state.run || path === null || !progress) return null;
  const { state: run } = state.run;
  const key = inFrame(path, id);
  const parents = path === "" ? [] : path.split("/").map((part) => part.slice(0, part.lastIndexOf(":"))).toReversed();
  const shown = shownFrame(run, [id, ...parents], state.looks);
  const node = path === "" ? run.nodes[id] : run.frames[path]?.nodes[id];
  return { ...progress, key, count: node?.frames ?? 0, index: shown === null ? null : Number(shown.slice(shown.lastIndexOf(":") + 1)) };
};

export function useRounds(id: string): Shown | null {
  return useEditorState(useMemo(() => roundsOf(id), [id]), shallowEqual);
}

export function Rounds({ id }: { id: string }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const rounds = useRounds(id);
  if (!rounds) return null;
  const { key, count, index, done, of, failed } = rounds;
  const look = (to: number) => editor.show({ looks: { ...editor.store.get().looks, [key]: to } });
  return (
    <span className={styles.rounds}>
      {count > 1 && index !== null && (
        <span className={styles.stepper} role="group" aria-label={t("frame.choose")}>
          <IconButton size="sm" className="nodrag" label={t("frame.previous")} icon={<ChevronLeft />} disabled={index === 0} onClick={() => look(index - 1)} />
          <span>{t("frame.round", { number: index + 1 })}</span>
          <IconButton size="sm" className="nodrag" label={t("frame.next")} icon={<ChevronRight />} disabled={index >= count - 1} onClick={() => look(index + 1)} />
        </span>
      )}
      <span className={styles.progress}>{of === null ? t("frame.doneOpen", { count: done }) : t("frame.done", { done, of })}</span>
      {failed > 0 && <span className={styles.failed}>{t("frame.failed", { count: failed })}</span>}
    </span>
  );
}
