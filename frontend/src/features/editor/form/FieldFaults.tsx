/** Faults under a control, each as one sentence. */
import type { Fault } from "@/graph";
import { cx } from "@/kit";
import { useFaultText } from "../data/faultText";
import styles from "./SchemaForm.module.css";

export function FieldFaults({ faults, quiet = false }: { faults: readonly Fault[]; quiet?: boolean }) {
  const textOf = useFaultText();
  const texts = [...new Set(faults.map(textOf))];
  if (texts.length === 0) return null;
  return (
    <div role={quiet ? undefined : "alert"}>
      <ul className={styles.faults}>
        {texts.map((text) => (
          <li key={text} className={cx(styles.fault, faults.every((fault) => fault.severity === "warning") && styles.warning)}>{text}</li>
        ))}
      </ul>
    </div>
  );
}
