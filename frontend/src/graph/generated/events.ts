// Events version 1, made by `python -m workflows schema --typescript`. Do not edit.

export const EVENT_VERSION = 1;

/** Text added to the run's answer. `node_id` is the answer node whose template is being streamed. */
export interface AnswerDelta {
  type: "answer_delta";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
  text: string;
}

/** Replaces the whole answer so far: a model that ran again said something else than was streamed before. */
export interface AnswerReset {
  type: "answer_reset";
  seq: number;
  at: string;
  text: string;
}

/** A container knows what it works on. `length` is how many frames there will be, null when that shows later. */
export interface ContainerStarted {
  type: "container_started";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
  inputs: Record<string, unknown>;
  length: number | null;
}

/** Why a node or a run failed: a stable code and a sentence; `line` for code and templates. */
export interface ErrorInfo {
  code: string;
  message: string;
  node_id?: string | null;
  field?: string | null;
  line?: number | null;
  frame?: string;
}

/** A frame is done. With `error` it failed, and what still ran in it was cancelled. */
export interface FrameFinished {
  type: "frame_finished";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
  index: number;
  output: unknown;
  error: ErrorInfo | null;
  elapsed_ms: number;
}

/** A frame of a node begins: a round, an item, a sub-workflow. `frame` is where the node stands; the new path is
    `<frame>/<node_id>:<index>`. `region` and `inputs` tell frames that a running task opened what to run, on what. */
export interface FrameStarted {
  type: "frame_started";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
  index: number;
  region?: string;
  inputs?: Record<string, unknown>;
}

/** One pass over the body of the container `node_id`, or one run of a sub-workflow, with nodes of its own. */
export interface FrameState {
  node_id: string;
  index: number;
  status: "failed" | "finished" | "running" | "stopped";
  nodes: Record<string, NodeState>;
  output: unknown;
  error: ErrorInfo | null;
  elapsed_ms: number | null;
  region: string;
}

/** Text a streaming node produced since its last delta. */
export interface NodeDelta {
  type: "node_delta";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
  output: "reasoning" | "text";
  text: string;
}

/** A node failed for good. `handled` tells whether its policy lets the run go on; null fails the run. */
export interface NodeFailed {
  type: "node_failed";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
  error: ErrorInfo;
  handled: "branch" | "default" | null;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  elapsed_ms: number;
}

/** A node succeeded. `handle` is the branch taken, null where a node has only one way out. `writes` are applied to
    their variables by this event, in order. `inputs` are for people: long values of them are told by a preview,
    `{"$preview", "bytes", "type"}`. */
export interface NodeFinished {
  type: "node_finished";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  handle: string | null;
  elapsed_ms: number;
  usage: Usage | null;
  facts: Record<string, unknown>;
  writes?: Array<Write>;
}

/** Committed before a `once` effect is tried. Without an outcome after it, the effect is in doubt. */
export interface NodeIntent {
  type: "node_intent";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
  key: string;
}

/** What a node waited for came. `signal` has the wait's `key`, `type` (submitted, event, timeout, time), `data`. */
export interface NodeResumed {
  type: "node_resumed";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
  signal: Record<string, unknown>;
}

/** An attempt failed and `attempt` (the next one) follows after `delay_ms`. */
export interface NodeRetrying {
  type: "node_retrying";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
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
  frame?: string;
}

/** A node begins, again after a retry (higher `attempt`) or a recovery (same `attempt`): its text starts over. */
export interface NodeStarted {
  type: "node_started";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
  kind: string;
  attempt: number;
}

/** One node of a run. `text` and `reasoning` are what it streamed in its current attempt, `steps` what it did.

    A container has opened `frames` frames so far, of `length` when that is known; frame i is `<id>:i` below it. */
export interface NodeState {
  status: "failed" | "finished" | "retrying" | "running" | "skipped" | "stopped" | "waiting";
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
  wait: Record<string, unknown> | null;
  steps: Array<StepState>;
  length: number | null;
  frames: number;
}

/** One step inside a node, such as a model or tool call of an agent. A recovered node takes it from here. */
export interface NodeStep {
  type: "node_step";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
  attempt: number;
  index: number;
  name: string;
  kind: string;
  input: unknown;
  output: unknown;
  error: ErrorInfo | null;
  elapsed_ms: number;
  usage: Usage | null;
}

/** A node waits for something outside. `wait` has `type` (form, time, event), `key` (names this wait within the
    run), `expires_at` (seconds since the epoch, or null) and what its type needs. */
export interface NodeWaiting {
  type: "node_waiting";
  seq: number;
  at: string;
  node_id: string;
  frame?: string;
  wait: Record<string, unknown>;
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

/** The run waits for something outside; a new drive over the same log resumes it. Each reason is a wait with the
    `node_id` and `frame` of its node. */
export interface RunPaused {
  type: "run_paused";
  seq: number;
  at: string;
  reasons: Array<Record<string, unknown>>;
}

/** The first event: everything the run depends on besides its plan. `root` is the node it begins at; "" is the
    plan's default one. `definition`, and those it calls by app and version, make a log replayable on its own. */
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
  root?: string;
  definition?: Record<string, unknown> | null;
  called?: Record<string, Record<string, unknown>>;
  limits?: Record<string, unknown> | null;
}

/** A run, folded. Nodes that were not reached are absent from `nodes`; `frames` holds all levels by path. */
export interface RunState {
  status: "failed" | "finished" | "paused" | "queued" | "running" | "stopped";
  nodes: Record<string, NodeState>;
  frames: Record<string, FrameState>;
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

/** One step inside a node, as it was recorded. */
export interface StepState {
  index: number;
  name: string;
  kind: string;
  input: unknown;
  output: unknown;
  error: ErrorInfo | null;
  elapsed_ms: number;
  usage: Usage | null;
}

/** Tokens one model call, or a whole run, has used, and what they cost in the host's currency. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  cost: number;
}

/** A change to a variable: `target` is `[head, name]`, the head `conversation` or a loop around the node.

    `op` and `value` are kept, not the result, so writes of parallel nodes are applied one after another by whoever
    folds the log, and none is lost. */
export interface Write {
  target: Array<string>;
  op: string;
  value: unknown;
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
  | ContainerStarted
  | FrameStarted
  | FrameFinished
  | NodeWaiting
  | NodeResumed
  | NodeStep
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
  "container_started",
  "frame_started",
  "frame_finished",
  "node_waiting",
  "node_resumed",
  "node_step",
  "run_finished",
  "run_failed",
  "run_paused",
  "run_stopped",
] as const;
