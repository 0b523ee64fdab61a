/** A node as a card: picture, title, state, two or three facts, outlets. Draws every kind the same way. */
import type { NodeProps } from "@xyflow/react";
import { memo, useMemo } from "react";
import { titleOf, type GraphNode } from "@/graph";
import { cx } from "@/kit";
import { metaOf } from "../nodes";
import { useEditorState } from "../store/context";
import { nodeFaultsSelector, nodeRunSelector, selectKinds } from "../store/selectors";
import { shallowEqual } from "../store/store";
import styles from "./Card.module.css";
import { CardFacts } from "./CardFacts";
import { CardOutlets } from "./CardOutlets";
import { CardStatus } from "./CardStatus";
import type { CardNode } from "./flowNodes";
import { KindIcon } from "./KindIcon";
import { Entrance } from "./Port";

export const Card = memo(
  function Card({ data }: NodeProps<CardNode>) {
    return <CardView node={data.node} />;
  },
  // Place and selection are drawn by the frame round the card, so a drag or a new selection redraws none.
  (a, b) => a.data === b.data,
);

function CardView({ node }: { node: GraphNode }) {
  const kinds = useEditorState(selectKinds);
  const run = useEditorState(useMemo(() => nodeRunSelector(node.id), [node.id]));
  const faults = useEditorState(useMemo(() => nodeFaultsSelector(node.id), [node.id]), sameFaults);
  const kind = kinds.get(node.kind);
  const worst = faults.find((fault) => fault.severity === "error") ?? faults[0];
  const state = run?.status ?? (worst?.severity === "error" ? "faulty" : "idle");
  return (
    <article
      className={cx(styles.card, styles[state])}
      data-node={node.id}
      data-kind={node.kind}
      data-state={run?.status ?? "idle"}
      aria-label={titleOf(node)}
    >
      <header className={styles.head}>
        <KindIcon icon={metaOf(node.kind).icon} family={kind?.family ?? "tool"} />
        <h4 className={styles.title} title={titleOf(node)}>{titleOf(node)}</h4>
        <CardStatus run={run} faults={faults} />
      </header>
      <CardFacts node={node} run={run} />
      <CardOutlets node={node} run={run} />
      {kind?.accepts_input !== false && <Entrance />}
    </article>
  );
}

function sameFaults<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((fault, i) => shallowEqual(fault, b[i] as T));
}
