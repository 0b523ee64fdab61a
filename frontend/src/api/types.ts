/** The nouns as the console's API speaks of them. Written from the API's description; ids are strings, times ISO-8601 UTC. */
import { type RunLimits } from "./limits";
import { type Wait } from "./waits";

export type Language = "en" | "zh";
export type Mode = "chat" | "workflow";
export interface Usage { prompt_tokens: number; completion_tokens: number; total_tokens: number; cost?: number }
export interface Fault { code: string; message: string; node_id: string | null; field: string | null; severity: "error" | "warning" }
export interface Failure { code: string; message: string; node_id?: string | null; field?: string | null; line?: number | null }

export interface Session {
  user: { id: string; email: string; name: string; language: Language };
  workspace: { id: string; name: string };
  role: Role;
  limits: { max_upload_bytes: number };
}
/** From the least to the most allowed. */
export type Role = "viewer" | "editor" | "admin" | "owner";

export interface App {
  id: string;
  name: string;
  description: string;
  icon: string;
  mode: Mode;
  created_at: string;
  updated_at: string;
  published_version: number | null;
  last_run: { status: RunStatus; at: string } | null;
  activity: { date: string; runs: number; errors: number }[];
  site: { enabled: boolean; code: string } | null;
}
export type TemplateId = "rag-chat" | "document-processing" | "blank-chat" | "blank-workflow";
export interface NewApp { name: string; template: TemplateId; dataset_id?: string; icon?: string }

/** The graph document; `src/graph` gives it its shape. */
export type GraphDocument = Record<string, unknown>;
export interface Draft<D = GraphDocument> { document: D; revision: number; faults: Fault[]; updated_at: string }
export interface Version<D = GraphDocument> { number: number; id: string; note: string; created_at: string; author: { name: string } | null; is_live: boolean; document?: D }
export interface NodeKind {
  kind: string;
  family: "io" | "model" | "knowledge" | "logic" | "code" | "tool" | "human";
  effect: "pure" | "idempotent" | "once";
  schema: Record<string, unknown>;
  defaults: Record<string, unknown>;
  outputs: { name: string; type: string }[];
  outputs_from?: string | null;
  handles: "source" | "cases" | "classes" | "actions" | "none";
  accepts_input: boolean;
  modes: Mode[];
  streams: string[];
}

/** A published app as a node or an agent's tool. */
export interface WorkflowTool {
  app_id: string;
  name: string;
  description: string;
  icon: string;
  mode: Mode;
  version: number;
  versions: number[];
  inputs: { name: string; label?: string; type: string; required?: boolean }[];
  outputs: { name: string; type: string }[];
}

export type RunStatus = "queued" | "running" | "finished" | "failed" | "stopped" | "paused";
export interface Run {
  id: string;
  app_id: string;
  version: number | null;
  target: "draft" | "live";
  status: RunStatus;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown> | null;
  answer: string | null;
  error: Failure | null;
  usage: Usage | null;
  elapsed_ms: number | null;
  created_at: string;
  finished_at: string | null;
  conversation_id: string | null;
  source: string;
  last_seq: number;
  /** When a paused run wakes by itself. */
  wake_at?: string | null;
  /** The node it began at; empty for the graph's own start. */
  root?: string;
  /** What it may use up, where that is limited. */
  limits?: RunLimits | null;
  /** It may hold passages that the reader may not see: what its nodes read and wrote is left out. */
  hidden?: boolean;
}
export interface RunSnapshot<S = unknown> extends Run { state: S; waits?: Wait[] }
export interface NewRun { inputs: Record<string, unknown>; query?: string; conversation_id?: string | null; files?: StoredFile[]; target: "draft" | "live" }
/** What a node reads, and what the last run had there. */
export interface NodeInputs { items: { selector: string; value: unknown; known: boolean }[]; run_id: string | null }
/** Any event of a run; `src/graph` narrows it by `type`. */
export interface RunEvent { type: string; seq: number; at: string; node_id?: string; [field: string]: unknown }

export interface StoredFile { id: string; name: string; size: number; extension: string; mime_type: string }

export interface Dataset {
  id: string;
  name: string;
  description: string;
  document_count: number;
  chunk_count: number;
  embedding_provider: string;
  embedding_model: string;
  /** A dataset that stands for what a service elsewhere holds. */
  external?: { service_id: string; service_name: string; key: string } | null;
  created_at: string;
  updated_at: string;
  used_by: { id: string; name: string }[];
}

export type ModelKind = "chat" | "embedding" | "rerank";
/** A model that a provider offers here. Prices are in US dollars for a million tokens; one that is not sent stays as it was. */
export interface OfferedModel { name: string; kind: ModelKind; input_price?: number | null; output_price?: number | null }
export interface Provider {
  slug: string;
  name: string;
  base_url: string;
  has_key: boolean;
  key_hint: string | null;
  /** The server that comes with Weft; it cannot be changed or deleted here. */
  builtin: boolean;
  models: OfferedModel[];
  created_at: string | null;
}
export interface ProviderInput { name?: string; base_url?: string; api_key?: string; models?: OfferedModel[] }
export interface ProviderTest { ok: boolean; elapsed_ms: number; models?: { name: string; kind: ModelKind }[]; error?: Failure }
export interface Model { provider: string; provider_name: string; name: string; kind: ModelKind; note_code?: string | null }

export interface ApiKey { id: string; prefix: string; created_at: string; last_used_at: string | null }
export interface NewApiKey extends ApiKey { key: string }
export interface Site { enabled: boolean; title: string; greeting: string; suggested_questions: string[]; code: string }
