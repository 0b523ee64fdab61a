/** After an import: what was read, and what is still to be done. Shrinks as it is done, and stays until it is closed. */
import { CircleCheck, FileInput, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import type { ImportedState } from "@/api";
import type { Fault } from "@/graph";
import { IconButton } from "@/kit";
import { ProblemList } from "../dock/Problems";
import { useEditorState } from "../store/context";
import { selectDoc, selectFaults } from "../store/selectors";
import styles from "./ImportReport.module.css";

/** Sorts of work an import leaves, by the codes that tell of it; what is of no sort is "other". */
const SORTS = {
  model: ["model_missing", "model_provider_unknown", "model_unlisted"],
  dataset: ["dataset_missing", "dataset_not_found"],
  node: ["node_unsupported"],
  tool: ["tool_missing", "tool_unknown", "tool_empty"],
  lost: ["edge_dropped", "variable_dropped", "setting_ignored", "node_renamed"],
} as const;
/** Told once by the reading of the file: the document does not show them any more. */
const TOLD_ONCE: readonly string[] = [...SORTS.lost, "secret_missing"];

export function ImportReport() {
  const state = useLocation().state as Partial<ImportedState> | null;
  return state?.imported ? <Report told={state.imported} /> : null;
}

function Report({ told }: { told: readonly Fault[] }) {
  const { t, i18n } = useTranslation("editor");
  const navigate = useNavigate();
  const doc = useEditorState(selectDoc);
  const found = useEditorState(selectFaults);
  const faults = [...found, ...told.filter((fault) => TOLD_ONCE.includes(fault.code))];
  const counts = Object.entries(countBySort(faults)).map(([sort, count]) => t(`imported.${sort}`, { count }));
  const close = () => void navigate(".", { replace: true, state: null });
  return (
    <section className={styles.card} aria-label={t("imported.title")}>
      <header className={styles.head} data-tone={faults.length === 0 ? "ok" : undefined}>
        {faults.length === 0 ? <CircleCheck size={16} /> : <FileInput size={16} />}
        <h3 className={styles.title}>{t("imported.title")}</h3>
        <IconButton size="sm" label={t("panel.close")} icon={<X />} onClick={close} />
      </header>
      <div className={styles.body}>
        <p className={styles.line}>{t("imported.read", { nodes: t("imported.nodes", { count: doc.nodes.length }), edges: t("imported.edges", { count: doc.edges.length }) })}</p>
        <p className={styles.line} role="status">
          <strong>{counts.length === 0 ? t("imported.sound") : new Intl.ListFormat(i18n.language, { type: "unit" }).format(counts)}</strong>
        </p>
        <ProblemList faults={faults} />
      </div>
    </section>
  );
}

function countBySort(faults: readonly Fault[]): Record<string, number> {
  const counts: Record<string, number> = {};
  const sorts = Object.entries(SORTS) as [string, readonly string[]][];
  for (const { code } of faults) {
    const sort = sorts.find(([, codes]) => codes.includes(code))?.[0] ?? "other";
    counts[sort] = (counts[sort] ?? 0) + 1;
  }
  return Object.fromEntries([...sorts.map(([sort]) => sort), "other"].flatMap((sort) => (counts[sort] ? [[sort, counts[sort]]] : [])));
}
