// Events version 1, made by `python -m workflows schema --typescript`. Do not edit.

export const EVENT_VERSION = 1;

/** Text added to the run's answer. `node_id` is the answer node whose template is being streamed. */
export interface AnswerDelta {
  type: "answer_delta";
  seq: number;
  at: string;
  node_id: string;
  text: string;
}

/** Replaces the whole answer so far: a model that ran again said something else than was streamed before. */
export interface AnswerReset {
  type: "answer_reset";
  seq: number;
  at: string;
  text: string;
}

/** Why a node or a run failed: a stable code and a sentence; `line` for code and templates. */
export interface ErrorInfo {
  code: string;
  message: string;
  node_id?: string | null;
  field?: string | null;
  line?: number | null;
}

/** Text a streaming node produced since its last delta. */
export interface NodeDelta {
  type: "node_delta";
  seq: number;
  at: string;
  node_id: string;
  output: "reasoning" | "text";
  text: string;
}

/** A node failed for good. `handled` tells whether its policy lets the run go on; null fails the run. */
export interface NodeFailed {
  type: "node_failed";
  seq: number;
  at: string;
  node_id: string;
  error: ErrorInfo;
  handled: "branch" | "default" | null;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  elapsed_ms: number;
}

/** A node succeeded. `handle` is the branch taken, null where a node has only one way out. */
export interface NodeFinished {
  type: "node_finished";
  seq: number;
  at: string;
  node_id: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  handle: string | null;
  elapsed_ms: number;
  usage: Usage | null;
  facts: Record<string, unknown>;
}

/** Committed before a `once` effect is tried. Without an outcome after it, the effect is in doubt. */
export interface NodeIntent {
  type: "node_intent";
  seq: number;
  at: string;
  node_id: string;
  key: string;
}

/** An attempt failed and `attempt` (the next one) follows after `delay_ms`. */
export interface NodeRetrying {
  type: "node_retrying";
  seq: number;
  at: string;
  node_id: string;
  attempt: number;
  error: ErrorInfo;
  delay_ms: number;
}

/** No way leads to this node any more. */
export interface NodeSkipped {
  type: "node_skipped";
  seq: number;
  at: string;
  node_id: string;
}

/** A node begins, again after a retry (higher `attempt`) or a recovery (same `attempt`): its text starts over. */
export interface NodeStarted {
  type: "node_started";
  seq: number;
  at: string;
  node_id: string;
  kind: string;
  attempt: number;
}

/** One node of a run. `text` and `reasoning` are what it streamed in its current attempt. */
export interface NodeState {
  status: "failed" | "finished" | "retrying" | "running" | "skipped" | "stopped";
  attempt: number;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  error: ErrorInfo | null;
  handle: string | null;
  elapsed_ms: number | null;
  usage: Usage | null;
  facts: Record<string, unknown>;
  text: string;
  reasoning: string;
  intent: string | null;
}

/** The run failed; what was already answered is kept. */
export interface RunFailed {
  type: "run_failed";
  seq: number;
  at: string;
  error: ErrorInfo;
  answer: string;
  outputs: Record<string, unknown>;
  elapsed_ms: number;
}

/** The run succeeded. `exceptions` counts failures that a policy handled. */
export interface RunFinished {
  type: "run_finished";
  seq: number;
  at: string;
  outputs: Record<string, unknown>;
  answer: string;
  usage: Usage;
  elapsed_ms: number;
  exceptions: number;
}

/** The run waits for something outside; a new drive over the same log resumes it. */
export interface RunPaused {
  type: "run_paused";
  seq: number;
  at: string;
  reasons: Array<Record<string, unknown>>;
}

/** The first event: everything the run depends on besides its plan. */
export interface RunStarted {
  type: "run_started";
  seq: number;
  at: string;
  run_id: string;
  mode: "chat" | "workflow";
  inputs: Record<string, unknown>;
  sys: Record<string, unknown>;
  conversation?: Record<string, unknown>;
  history?: Array<Record<string, unknown>>;
}

/** A run, folded. Nodes that were not reached are absent from `nodes`. */
export interface RunState {
  status: "failed" | "finished" | "paused" | "queued" | "running" | "stopped";
  nodes: Record<string, NodeState>;
  answer: string;
  outputs: Record<string, unknown>;
  error: ErrorInfo | null;
  usage: Usage;
  elapsed_ms: number | null;
  last_seq: number;
}

/** Somebody stopped the run; the partial answer is kept. */
export interface RunStopped {
  type: "run_stopped";
  seq: number;
  at: string;
  reason: string;
  answer: string;
  outputs: Record<string, unknown>;
  elapsed_ms: number;
}

/** Tokens one model call, or a whole run, has used. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

export type RunEvent =
  | RunStarted
  | NodeStarted
  | NodeIntent
  | NodeDelta
  | AnswerDelta
  | AnswerReset
  | NodeFinished
  | NodeRetrying
  | NodeFailed
  | NodeSkipped
  | RunFinished
  | RunFailed
  | RunPaused
  | RunStopped;

export const EVENT_TYPES = [
  "run_started",
  "node_started",
  "node_intent",
  "node_delta",
  "answer_delta",
  "answer_reset",
  "node_finished",
  "node_retrying",
  "node_failed",
  "node_skipped",
  "run_finished",
  "run_failed",
  "run_paused",
  "run_stopped",
] as const;
