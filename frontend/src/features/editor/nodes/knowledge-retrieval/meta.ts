import { BookOpenText } from "lucide-react";
import { line, needs, text, type NodeMeta } from "../meta";

export const knowledgeRetrieval: NodeMeta = {
  kind: "knowledge-retrieval",
  icon: BookOpenText,
  lacks: needs({ query: "reference_empty", dataset_ids: "dataset_missing" }),
  facts: ({ node, t, datasetName }) => {
    const ids = Array.isArray(node.config.dataset_ids) ? node.config.dataset_ids.map(String) : [];
    if (ids.length === 0) return [text(t("knowledge-retrieval.noDatasets"))];
    const names = ids.slice(0, 2).map(datasetName).join(", ");
    const more = ids.length > 2 ? ` +${ids.length - 2}` : "";
    // without a number of its own the knowledge base decides
    const { top_k: topK, score_threshold: threshold } = node.config;
    return line(
      names + more,
      typeof topK === "number" && t("knowledge-retrieval.topK", { count: topK }),
      typeof threshold === "number" && `≥ ${threshold}`,
    );
  },
  runFacts: (run, { t, format }) => {
    const count = Array.isArray(run.outputs.result) ? run.outputs.result.length : run.facts.passages;
    if (typeof count !== "number") return [];
    const best = bestScore(run.outputs.result);
    return line(
      t("knowledge-retrieval.passages", { count }),
      best !== null && t("knowledge-retrieval.best", { score: format.number(Math.round(best * 100) / 100) }),
    );
  },
};

function bestScore(result: unknown): number | null {
  if (!Array.isArray(result)) return null;
  const scores = result.flatMap((item: { metadata?: { score?: unknown } }) =>
    typeof item?.metadata?.score === "number" ? [item.metadata.score] : [],
  );
  return scores.length > 0 ? Math.max(...scores) : null;
}
