/** Where edges leave a card: one plain outlet beside the title, or a row for each way out. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { BODY, FAIL_BRANCH, handlesOf, SOURCE, TIMEOUT, titleOf, type Definition, type GraphNode, type NodeState } from "@/graph";
import { cx } from "@/kit";
import { metaOf } from "../nodes";
import { useEditorState } from "../store/context";
import { selectKinds } from "../store/selectors";
import { perObject } from "../store/perObject";
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
  const labelOf = (handle: string) => {
    if (handle === FAIL_BRANCH) return t("card.onFailure");
    return metaOf(node.kind).handleLabel?.(view, handle) ?? (handle === TIMEOUT ? t("card.onTimeout") : handle);
  };
  return handlesOf(node, kind).filter((handle) => handle !== BODY).map((handle) => {
    const taken = done && (run.handle ?? SOURCE) === handle;
    if (handle === SOURCE) return <Outlet key={handle} handle={handle} taken={taken} />;
    const label = labelOf(handle);
    return (
      <div key={handle} className={cx(styles.row, handle === FAIL_BRANCH && styles.failRow, done && !taken && styles.notTaken)}>
        <span className={styles.rowLabel} title={label}>{label}</span>
        {targets[handle] && <span className={styles.rowTarget}>{targets[handle]}</span>}
        <Outlet handle={handle} taken={taken} inRow />
      </div>
    );
  });
}

type Titles = Record<string, string>;
const NOWHERE: Titles = {};

/** Where each handle leads, by title; made once for a document, compared as flat objects. */
const targetsOf = perObject(({ nodes, edges }: Definition) => {
  const titles = new Map(nodes.map((node) => [node.id, titleOf(node)]));
  const targets = new Map<string, Titles>();
  for (const edge of edges) {
    const title = titles.get(edge.target);
    if (edge.handle === SOURCE || title === undefined) continue;
    const own = targets.get(edge.source) ?? {};
    own[edge.handle] = own[edge.handle] ? `${own[edge.handle]} +1` : title;
    targets.set(edge.source, own);
  }
  return targets;
});
const targetTitles = (id: string) => (state: EditorState): Titles => targetsOf(state.history.doc).get(id) ?? NOWHERE;
