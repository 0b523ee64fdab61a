/** What an embedding model was seen to understand, with the trials as evidence. */

export type Script = "latin" | "cjk";
export interface Trial {
  language: "en" | "zh";
  question: string;
  /** What says the same in other words. */
  answer: string;
  /** What came closest of all the others. */
  rival: string;
  right: boolean;
  similarity: number;
  rival_similarity: number;
  unrelated_similarity: number;
}
export interface Reading {
  provider: string;
  model: string;
  at: string;
  languages: Record<"en" | "zh", { right: number; of: number; noise: number }>;
  across: { right: number; of: number };
  weights: Record<Script, number>;
  trials: Trial[];
}
