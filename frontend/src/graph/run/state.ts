/** The run as its log tells it: `state = fold(events)`. The same function as the engine's, held to it by golden runs. */
import type {
  NodeDelta,
  NodeFailed,
  NodeFinished,
  NodeState,
  NodeStarted,
  RunEvent,
  RunFailed,
  RunFinished,
  RunState,
  RunStopped,
  Usage,
} from "../generated/events";

const NO_USAGE: Usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

export function freshRun(): RunState {
  return {
    status: "queued",
    nodes: {},
    answer: "",
    outputs: {},
    error: null,
    usage: NO_USAGE,
    elapsed_ms: null,
    last_seq: 0,
  };
}

export function fold(events: Iterable<RunEvent>, from: RunState = freshRun()): RunState {
  let state = from;
  for (const event of events) state = apply(state, event);
  return state;
}

/** One step. An event that the state already holds changes nothing, so a stream may repeat itself after a reconnect. */
export function apply(state: RunState, event: RunEvent): RunState {
  if (event.seq <= state.last_seq) return state;
  return { ...advance(state, event), last_seq: event.seq };
}

export function isOver(state: RunState): boolean {
  return state.status === "finished" || state.status === "failed" || state.status === "stopped";
}

function advance(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case "run_started":
      return { ...state, status: "running" };
    case "node_started":
      return setNode(state, event.node_id, startedNode(event));
    case "node_delta":
      return patch(state, event.node_id, (node) => withText(node, event));
    case "node_intent":
      return patch(state, event.node_id, (node) => ({ ...node, intent: event.key }));
    case "node_finished":
      return addUsage(
        patch(state, event.node_id, (node) => finishedNode(node, event)),
        event.usage,
      );
    case "node_retrying":
      return patch(state, event.node_id, (node) => ({
        ...node,
        status: "retrying",
        error: event.error,
        attempt: event.attempt,
      }));
    case "node_failed":
      return patch(state, event.node_id, (node) => failedNode(node, event));
    case "node_skipped":
      return setNode(state, event.node_id, { ...startedNode({ attempt: 0 }), status: "skipped" });
    case "answer_delta":
      return { ...state, answer: state.answer + event.text };
    case "answer_reset":
      return { ...state, answer: event.text };
    case "run_paused":
      return { ...state, status: "paused" };
    case "run_finished":
      return { ...closed(state, "finished", event), usage: event.usage };
    case "run_failed":
      return { ...closed(state, "failed", event), error: event.error };
    case "run_stopped":
      return closed(state, "stopped", event);
    default:
      return state;
  }
}

function startedNode({ attempt }: Pick<NodeStarted, "attempt">): NodeState {
  return {
    status: "running",
    attempt,
    inputs: {},
    outputs: {},
    error: null,
    handle: null,
    elapsed_ms: null,
    usage: null,
    facts: {},
    text: "",
    reasoning: "",
    intent: null,
  };
}

function finishedNode(node: NodeState, event: NodeFinished): NodeState {
  const { inputs, outputs, facts, handle, elapsed_ms, usage } = event;
  return { ...node, status: "finished", error: null, inputs, outputs, facts, handle, elapsed_ms, usage };
}

function failedNode(node: NodeState, event: NodeFailed): NodeState {
  const { error, inputs, outputs, elapsed_ms } = event;
  const handle = event.handled === "branch" ? "fail-branch" : null;
  return { ...node, status: "failed", error, inputs, outputs, elapsed_ms, handle };
}

function withText(node: NodeState, event: NodeDelta): NodeState {
  if (event.output === "text") return { ...node, text: node.text + event.text };
  return { ...node, reasoning: node.reasoning + event.text };
}

function closed(state: RunState, status: RunState["status"], event: RunFinished | RunFailed | RunStopped): RunState {
  const nodes = Object.entries(state.nodes).map(([id, node]): [string, NodeState] => {
    const open = node.status === "running" || node.status === "retrying";
    return [id, open ? { ...node, status: "stopped" } : node];
  });
  const { answer, outputs, elapsed_ms } = event;
  return { ...state, status, answer, outputs, elapsed_ms, nodes: Object.fromEntries(nodes) };
}

function addUsage(state: RunState, usage: Usage | null): RunState {
  if (!usage) return state;
  const total = {
    prompt_tokens: state.usage.prompt_tokens + usage.prompt_tokens,
    completion_tokens: state.usage.completion_tokens + usage.completion_tokens,
    total_tokens: state.usage.total_tokens + usage.total_tokens,
  };
  return { ...state, usage: total };
}

function setNode(state: RunState, id: string, node: NodeState): RunState {
  return { ...state, nodes: { ...state.nodes, [id]: node } };
}

function patch(state: RunState, id: string, change: (node: NodeState) => NodeState): RunState {
  const node = state.nodes[id];
  return node ? setNode(state, id, change(node)) : state;
}
