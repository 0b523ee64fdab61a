/** All that is wrong with the graph; each line leads to the place. */
import { CircleAlert, TriangleAlert } from "lucide-react";
import { useState, type ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { nodeById, type Fault } from "@/graph";
import { Popover } from "@/kit";
import { useReveal } from "../canvas/useFit";
import { useFaultText } from "../data/faultText";
import { useEditor, useEditorState } from "../store/context";
import { selectFaults } from "../store/selectors";
import styles from "./Dock.module.css";

export function Problems({ trigger }: { trigger: ReactElement }) {
  const { t } = useTranslation("editor");
  const [open, setOpen] = useState(false);
  const faults = useEditorState(selectFaults);
  return (
    <Popover trigger={trigger} open={open} onOpenChange={setOpen} side="top" align="end" padded={false}>
      <div className={styles.problems}>
        {faults.length === 0 ? <p className={styles.none}>{t("problems.none")}</p> : <ProblemList faults={faults} onGo={() => setOpen(false)} />}
      </div>
    </Popover>
  );
}

export function ProblemList({ faults, onGo }: { faults: readonly Fault[]; onGo?: () => void }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const textOf = useFaultText();
  const reveal = useReveal();
  const go = (fault: Fault) => {
    onGo?.();
    if (!fault.node_id) return;
    editor.open(fault.node_id, { tab: "settings", field: fault.field });
    reveal(fault.node_id);
  };
  const worstFirst = faults.toSorted((a, b) => Number(b.severity === "error") - Number(a.severity === "error"));
  return worstFirst.map((fault, i) => (
    <button key={i} type="button" className={styles.problem} onClick={() => go(fault)}>
      {fault.severity === "error" ? <CircleAlert size={15} className={styles.errorIcon} /> : <TriangleAlert size={15} className={styles.warnIcon} />}
      <span>
        <span className={styles.where}>
          {fault.node_id ? (nodeById(editor.store.get().history.doc, fault.node_id)?.title || fault.node_id) : t("problems.graph")}
        </span>
        {textOf(fault)}
      </span>
    </button>
  ));
}
