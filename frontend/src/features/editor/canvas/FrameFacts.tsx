/** What a container says of itself beside its title, and why it failed. */
import type { GraphNode, NodeState } from "@/graph";
import { useErrorText } from "@/kit";
import { Reference } from "../form/Reference";
import { metaOf } from "../nodes";
import styles from "./Frame.module.css";
import { useFactView } from "./useFactView";

export function FrameFacts({ node }: { node: GraphNode }) {
  const view = useFactView(node);
  const facts = metaOf(node.kind).facts?.(view) ?? [];
  return facts.map((fact, i) => {
    if (fact.type === "refs") return fact.selectors.map((selector) => <Reference short key={selector.join(".")} selector={selector} />);
    const words = fact.type === "text" ? fact.text : fact.fields.map((field) => field.name).join(", ");
    return <span key={i} className={styles.fact}>{words}</span>;
  });
}

export function FrameCause({ run }: { run: NodeState }) {
  const { message } = useErrorText(run.error);
  return <p className={styles.cause} title={message}>{message}</p>;
}
