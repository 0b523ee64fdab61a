/** A note on the canvas: Markdown in a colour, as large as it is drawn. A double click writes in it; it never runs. */
import { NodeResizer, type NodeProps } from "@xyflow/react";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { configure, resizeFrame, type GraphNode } from "@/graph";
import { cx } from "@/kit";
import { Markdown } from "@/kit/chat";
import { useEditor, useEditorState } from "../store/context";
import { selectReadOnly } from "../store/selectors";
import type { CardNode } from "./flowNodes";
import styles from "./Note.module.css";

export const Note = memo(
  function Note({ data, selected }: NodeProps<CardNode>) {
    return <NoteView node={data.node} selected={selected ?? false} />;
  },
  (a, b) => a.data === b.data && a.selected === b.selected,
);

function NoteView({ node, selected }: { node: GraphNode; selected: boolean }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const readOnly = useEditorState(selectReadOnly);
  const [writing, setWriting] = useState(false);
  const text = String(node.config.text ?? "");
  const write = (next: string) => editor.dispatch(configure, { id: node.id, config: { ...node.config, text: next }, field: "text" });
  return (
    <article className={cx(styles.note, styles[String(node.config.theme ?? "blue")])} data-node={node.id} data-kind={node.kind} aria-label={node.title} onDoubleClick={() => !readOnly && setWriting(true)}>
      {!readOnly && (
        <NodeResizer
          isVisible={selected}
          minWidth={120}
          minHeight={48}
          handleClassName={styles.handle ?? ""}
          lineClassName={styles.edge ?? ""}
          onResizeEnd={(_, place) => editor.dispatch(resizeFrame, { id: node.id, place: { x: Math.round(place.x), y: Math.round(place.y), width: Math.round(place.width), height: Math.round(place.height) } })}
        />
      )}
      {writing
        ? <textarea autoFocus className={cx(styles.text, "nodrag nowheel")} value={text} aria-label={t("note.text")} placeholder={t("note.empty")} onChange={(event) => write(event.target.value)} onBlur={() => setWriting(false)} onKeyDown={(event) => { if (event.key === "Escape") { event.stopPropagation(); setWriting(false); } }} />
        : <div className={styles.body}>{text === "" ? <p className={styles.empty}>{t("note.empty")}</p> : <Markdown text={text} />}</div>}
    </article>
  );
}
