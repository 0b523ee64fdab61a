/** A reference as readers see it: the title of where it comes from and the name of the value, never `{{#…#}}`. */
import { cx } from "@/kit";
import type { Selector } from "@/graph";
import { useNameOf } from "../canvas/useFactView";
import styles from "./Reference.module.css";

export function Reference({ selector, broken = false }: { selector: Selector; broken?: boolean }) {
  const nameOf = useNameOf();
  const name = nameOf(selector);
  return <code className={cx(styles.reference, broken && styles.broken)} title={selector.join(".")}>{name}</code>;
}
