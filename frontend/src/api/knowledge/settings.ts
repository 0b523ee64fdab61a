/** How a dataset is searched, as it is stored, sent and overridden; and conditions on what documents say of themselves. */

export const OPERATORS = ["contains", "not contains", "start with", "end with", "is", "is not", "empty", "not empty", "in", "not in", "=", "≠", ">", "<", "≥", "≤", "before", "after"] as const;
export type Operator = (typeof OPERATORS)[number];
export interface Condition { name: string; operator: Operator; value?: string | number | string[] | null }
export interface Filter { logical: "and" | "or"; conditions: Condition[] }

export type Method = "hybrid" | "vector" | "lexical";
export interface Rerank { provider: string; model: string; candidates: number }
export interface Questions { provider: string; model: string; rewrite: boolean; variants: number; hyde: boolean; filter: boolean }
export interface Retrieval {
  method: Method;
  fusion: "weighted" | "rrf";
  /** The share of the vector leg; null takes what the embedding model was seen to understand of the question's script. */
  vector_weight: number | null;
  top_k: number;
  threshold: number | null;
  rerank: Rerank | null;
  expand: { parent: boolean; neighbours: number };
  /** 0: by relevance alone; towards 1, passages that repeat others come later. */
  diversity: number;
  per_document: number | null;
  questions: Questions;
  filter: Filter | null;
  max_tokens: number | null;
  cache: boolean;
}
