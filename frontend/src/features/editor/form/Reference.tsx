/** A reference as readers see it: the title of where it comes from and the name of the value, never `{{#…#}}`. */
import type { GraphNode, Selector } from "@/graph";
import { cx } from "@/kit";
import { familyColour } from "../canvas/KindIcon";
import { shortOf, useNameOf } from "../canvas/useFactView";
import { metaOf } from "../nodes";
import { useEditorState } from "../store/context";
import { selectKinds } from "../store/selectors";
import { perObject } from "../store/perObject";
import type { EditorState } from "../store/state";
import styles from "./Reference.module.css";

export interface ReferenceProps {
  selector: Selector;
  broken?: boolean;
  /** Only the value's name, behind the picture of where it comes from. */
  short?: boolean;
}

const kindsById = perObject((nodes: readonly GraphNode[]) => new Map(nodes.map((node) => [node.id, node.kind])));
const kindOf = (id: string | undefined) => (state: EditorState) => kindsById(state.history.doc.nodes).get(id ?? "");

export function Reference({ selector, broken = false, short = false }: ReferenceProps) {
  const nameOf = useNameOf();
  const name = nameOf(selector);
  return (
    <code className={cx(styles.reference, broken && styles.broken)} title={short ? name : selector.join(".")}>
      {short && <Origin id={selector[0]} />}
      {short ? shortOf(selector) : name}
    </code>
  );
}

function Origin({ id }: { id: string | undefined }) {
  const kind = useEditorState(kindOf(id));
  const family = useEditorState(selectKinds).get(kind ?? "")?.family;
  if (!kind || !family) return null;
  const Icon = metaOf(kind).icon;
  return <Icon size={11} strokeWidth={2.25} className={styles.origin} style={{ color: familyColour(family) }} aria-hidden />;
}
