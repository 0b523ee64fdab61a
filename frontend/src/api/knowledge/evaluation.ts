/** A dataset's test set, what runs over it measured, and what people asked. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, API_ROOT, type Items } from "../client";
import { type Failure } from "../types";
import { type Retrieval } from "./settings";

export const METRICS = ["ndcg@10", "recall@5", "recall@10", "precision@5", "mrr@10", "hit@1"] as const;
export type Metric = (typeof METRICS)[number];

/** What should be found: any passage of the document, or the one that holds the quote. */
export interface Expected { document_id: string; document_name: string | null; quote: string; grade: number }
export type ExpectedInput = { chunk_id: string } | { document_id: string; quote?: string; grade?: number };
export interface Case {
  id: string;
  dataset_id: string;
  question: string;
  expected: Expected[];
  source: "hand" | "log" | "model" | "feedback";
  is_enabled: boolean;
  /** Of the last run: the rank of each thing expected, from 1, null where it was not found. */
  last: { evaluation_id: string; ranks: (number | null)[]; scores: Record<Metric, number> } | null;
  created_at: string;
  updated_at: string;
}
export interface CaseInput { question?: string; expected?: ExpectedInput[]; is_enabled?: boolean }

export interface Mean { mean: number; low: number; high: number }
export interface Difference { difference: number; low: number; high: number; p: number }
export interface Beside extends Difference { before: number; after: number }
export interface ChangedCase { case_id: string; question: string; before: { ranks: (number | null)[]; "ndcg@10": number }; after: { ranks: (number | null)[]; "ndcg@10": number } }
export interface Comparison { cases: number; metrics: Record<Metric, Beside>; worse: ChangedCase[]; worse_count: number; better: ChangedCase[]; better_count: number }
export interface Summary { cases: number; metrics: Record<Metric, Mean>; chars: number; elapsed_ms: { p50: number; p95: number } }
export interface Alarm { metrics: Partial<Record<Metric, Beside>>; cases: ChangedCase[]; case_count: number; before: { evaluation_id: string; revision: number }; settings_changed: boolean }
export interface EvaluationNote { code: string; message: string }

export interface Variant { retrieval: Retrieval; changes: Partial<Retrieval>; key: string }
export type EvaluationStatus = "waiting" | "running" | "done" | "failed" | "cancelled";
export type EvaluationKind = "run" | "compare" | "search" | "generate";
export interface Evaluation {
  id: string;
  dataset_id: string;
  kind: EvaluationKind;
  /** A person asked for it, or the dataset had changed. */
  reason: "hand" | "change";
  status: EvaluationStatus;
  done: number;
  total: number;
  revision: number;
  settings: { variants?: Variant[]; count?: number; model?: string };
  error: Failure | null;
  alarm: Alarm | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  eta_s: number | null;
}
export interface RunResult extends Summary { against: (Comparison & { evaluation_id: string }) | null; alarm: Alarm | null; notes: EvaluationNote[] }
export interface CompareResult { variants: [Summary, Summary]; comparison: Comparison; notes: EvaluationNote[] }
export interface Cutoffs<N extends string> { lines: ({ recall: number; precision: number; chars: number } & Record<N, number>)[]; advised: number | null }
export interface SearchResult {
  cases: number;
  /** That the cases are about; and as many as a verdict needs of both. Absent in results kept from before it was told. */
  documents?: number;
  needed?: { cases: number; documents: number };
  variants: (Summary & { beside_first: Difference })[];
  best: number;
  advised: number;
  verdict: "gain" | "not_significant" | "already_best" | "too_few_cases";
  gain: Difference;
  depths: Cutoffs<"top_k">;
  thresholds: Cutoffs<"threshold">;
  notes: EvaluationNote[];
}
/** And why passages gave no case. */
export const GENERATE_REASONS = ["none", "unreadable", "too_long", "about_the_text", "copied", "quote_not_found"] as const;
export type GenerateResult = { made: number } & Partial<Record<(typeof GENERATE_REASONS)[number], number>>;
export interface EvaluationDetail<R = RunResult | CompareResult | SearchResult | GenerateResult> extends Evaluation { result: R | null }

export interface HistoryPoint { evaluation_id: string; at: string; revision: number; reason: "hand" | "change"; cases: number; metrics: Record<Metric, Mean>; has_alarm: boolean }
/** What the same settings measured over time. */
export interface HistoryLine { key: string; retrieval: Retrieval; is_current: boolean; points: HistoryPoint[] }
export interface Outcome {
  case_id: string;
  variant: number;
  question: string;
  found: (Expected & { rank: number | null })[];
  hits: { score: number; relevant: boolean; chars: number; chunk_id?: string; document_id?: string; document_name?: string; text?: string }[];
  scores: Record<Metric, number>;
  chars: number;
  elapsed_ms: number;
}
export type QueryOrigin = "test" | "app" | "api" | "tool";
export interface LoggedQuery { id: string; text: string; origin: QueryOrigin; top_score: number | null; hit_count: number; elapsed_ms: number; has_case: boolean; created_at: string }
export interface ImportedCases { added: number; updated: number; unchanged: number; skipped: number; skipped_rows: { line: number; question: string; code: string; message: string }[] }
export type CasesFile = "csv" | "questions" | "qrels";

export const evaluationKeys = {
  cases: (datasetId: string) => ["datasets", datasetId, "cases"] as const,
  list: (datasetId: string) => ["datasets", datasetId, "evaluations"] as const,
  history: (datasetId: string) => ["datasets", datasetId, "evaluations", "history"] as const,
  one: (id: string) => ["evaluations", id] as const,
  queries: (datasetId: string) => ["datasets", datasetId, "queries"] as const,
};

const base = (datasetId: string) => `/datasets/${datasetId}`;
const cursors = { initialPageParam: null as string | null, getNextPageParam: (page: Items<unknown>) => page.next };

export interface CaseFilter { text?: string; source?: Case["source"] | ""; enabled?: boolean | "" }
export const casesQuery = (datasetId: string, filter: CaseFilter = {}) => infiniteQueryOptions({
  ...cursors,
  queryKey: [...evaluationKeys.cases(datasetId), filter],
  queryFn: ({ pageParam, signal }) => api.get<Items<Case>>(`${base(datasetId)}/cases`, { query: { ...filter, cursor: pageParam, limit: 200 }, signal }),
});
export const createCase = (datasetId: string, input: CaseInput) => api.post<Case>(`${base(datasetId)}/cases`, input);
export const updateCase = (id: string, input: CaseInput) => api.patch<Case>(`/cases/${id}`, input);
export const deleteCases = (datasetId: string, ids: string[]) => api.post<{ deleted: number }>(`${base(datasetId)}/cases/delete`, { ids }, { keepalive: true });
/** "This should have been found": the passage joins the question's case, which is made if there is none. */
export const expectChunk = (datasetId: string, question: string, chunkId: string) => api.post<Case>(`${base(datasetId)}/cases/expect`, { question, chunk_id: chunkId });
export const casesFromLog = (datasetId: string, ids: string[]) => api.post<{ items: Case[] }>(`${base(datasetId)}/cases/from-log`, { ids });
export const exportCasesUrl = (datasetId: string, form: CasesFile) => `${API_ROOT}${base(datasetId)}/cases/export?form=${form}`;
export const generateCases = (datasetId: string, input: { provider: string; model: string; count: number }) => api.post<Evaluation>(`${base(datasetId)}/cases/generate`, input);
/** One table, or queries.jsonl together with qrels.tsv. */
export function importCases(datasetId: string, files: readonly File[]): Promise<ImportedCases> {
  const form = new FormData();
  for (const file of files) form.append("file", file);
  return api.post<ImportedCases>(`${base(datasetId)}/cases/import`, form);
}

export const evaluationsQuery = (datasetId: string) => queryOptions({ queryKey: evaluationKeys.list(datasetId), queryFn: ({ signal }) => api.get<Items<Evaluation>>(`${base(datasetId)}/evaluations`, { query: { limit: 50 }, signal }) });
export const historyQuery = (datasetId: string) => queryOptions({ queryKey: evaluationKeys.history(datasetId), queryFn: ({ signal }) => api.get<{ items: HistoryLine[] }>(`${base(datasetId)}/evaluations/history`, { signal }) });
export const evaluationQuery = <R>(id: string) => queryOptions({ queryKey: evaluationKeys.one(id), queryFn: ({ signal }) => api.get<EvaluationDetail<R>>(`/evaluations/${id}`, { signal }) });
export const outcomesQuery = (id: string, variant = 0) => infiniteQueryOptions({
  ...cursors,
  queryKey: [...evaluationKeys.one(id), "outcomes", variant],
  queryFn: ({ pageParam, signal }) => api.get<Items<Outcome>>(`/evaluations/${id}/outcomes`, { query: { variant, cursor: pageParam, limit: 200 }, signal }),
});
export type NewEvaluation = { kind: "run"; retrieval?: Partial<Retrieval> } | { kind: "compare"; retrieval: Partial<Retrieval>; second: Partial<Retrieval> } | { kind: "search" };
export const startEvaluation = (datasetId: string, input: NewEvaluation) => api.post<Evaluation>(`${base(datasetId)}/evaluations`, input);
export const cancelEvaluation = (id: string) => api.post<Evaluation>(`/evaluations/${id}/cancel`);
export const resumeEvaluation = (id: string) => api.post<Evaluation>(`/evaluations/${id}/resume`);
export const deleteEvaluation = (id: string) => api.delete(`/evaluations/${id}`, { keepalive: true });
/** Makes measured settings the dataset's own; without a variant what a search advises. */
export const applyEvaluation = (id: string, input: { variant?: number; changes?: Partial<Retrieval> } = {}) => api.post<{ dataset_id: string; retrieval: Retrieval; revision: number }>(`/evaluations/${id}/apply`, input);

export interface QueryFilter { text?: string; origin?: QueryOrigin | ""; unanswered?: boolean | "" }
export const queriesQuery = (datasetId: string, filter: QueryFilter = {}) => infiniteQueryOptions({
  ...cursors,
  queryKey: [...evaluationKeys.queries(datasetId), filter],
  queryFn: ({ pageParam, signal }) => api.get<Items<LoggedQuery>>(`${base(datasetId)}/queries`, { query: { ...filter, cursor: pageParam, limit: 100 }, signal }),
});
export const forgetQueries = (datasetId: string) => api.delete(`${base(datasetId)}/queries`);
