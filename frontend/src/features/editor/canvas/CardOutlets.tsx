/** Where edges leave a card: one plain outlet beside the title, or a row for each way out. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { FAIL_BRANCH, handlesOf, SOURCE, type GraphNode, type NodeState } from "@/graph";
import { cx } from "@/kit";
import { metaOf } from "../nodes";
import { useEditorState } from "../store/context";
import { selectKinds } from "../store/selectors";
import type { EditorState } from "../store/state";
import { shallowEqual } from "../store/store";
import styles from "./Card.module.css";
import { Outlet } from "./Port";
import { useFactView } from "./useFactView";

export function CardOutlets({ node, run }: { node: GraphNode; run: NodeState | undefined }) {
  const { t } = useTranslation("editor");
  const kind = useEditorState(selectKinds).get(node.kind);
  const targets = useEditorState(useMemo(() => targetTitles(node.id), [node.id]), shallowEqual);
  const view = useFactView(node);
  const done = run?.status === "finished" || run?.status === "failed";
  return handlesOf(node, kind).map((handle) => {
    const taken = done && (run.handle ?? SOURCE) === handle;
    if (handle === SOURCE) return <Outlet key={handle} handle={handle} taken={taken} />;
    const label = handle === FAIL_BRANCH ? t("card.onFailure") : (metaOf(node.kind).handleLabel?.(view, handle) ?? handle);
    return (
      <div key={handle} className={cx(styles.row, handle === FAIL_BRANCH && styles.failRow, done && !taken && styles.notTaken)}>
        <span className={styles.rowLabel} title={label}>{label}</span>
        {targets[handle] && <span className={styles.rowTarget}>{targets[handle]}</span>}
        <Outlet handle={handle} taken={taken} inRow />
      </div>
    );
  });
}

/** Where each handle leads, by title, as one flat object that compares cheaply. */
const targetTitles = (id: string) => (state: EditorState) => {
  const { nodes, edges } = state.history.doc;
  const titles: Record<string, string> = {};
  for (const edge of edges) {
    if (edge.source !== id || edge.handle === SOURCE) continue;
    const title = nodes.find((node) => node.id === edge.target)?.title;
    if (title) titles[edge.handle] = titles[edge.handle] ? `${titles[edge.handle]} +1` : title;
  }
  return titles;
};
