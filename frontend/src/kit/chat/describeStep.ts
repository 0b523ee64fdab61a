/** Words for what a node of each kind did, from the numbers it reported. Pure; the caller gives the translator. */
import { type TFunction } from "i18next";

export interface StepFacts {
  passages?: unknown;
  documents?: unknown;
  status_code?: unknown;
  [name: string]: unknown;
}

/** Kinds that only pass values on say nothing to a reader. */
const SILENT = new Set(["start", "trigger-webhook", "trigger-schedule", "answer", "end", "variable-aggregator", "if-else", "template-transform", "assigner", "list-operator", "loop-end"]);
const SPOKEN = new Set(["knowledge-retrieval", "llm", "code", "http-request", "human-input", "wait", "agent", "tool", "document-extractor"]);

export function isSpokenKind(kind: string): boolean {
  return !SILENT.has(kind);
}

export function describeStep(t: TFunction<"chat">, kind: string, running: boolean, facts: StepFacts = {}): string {
  const name = SPOKEN.has(kind) ? kind : "other";
  if (running) return t(`step.${name}.running`);
  if (kind === "knowledge-retrieval") return describeSearch(t, facts);
  if (kind === "http-request" && typeof facts.status_code === "number") {
    return t("step.http-request.doneStatus", { status: facts.status_code });
  }
  return t(`step.${name}.done`);
}

function describeSearch(t: TFunction<"chat">, facts: StepFacts): string {
  const documents = size(facts.documents);
  const passages = size(facts.passages);
  if (passages === 0) return t("step.knowledge-retrieval.empty");
  if (documents) return t("step.knowledge-retrieval.documents", { count: documents });
  if (passages) return t("step.knowledge-retrieval.passages", { count: passages });
  return t("step.knowledge-retrieval.done");
}

function size(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return Array.isArray(value) ? value.length : undefined;
}
