/** The run as its log tells it: `state = fold(events)`. The same function as the engine's, held to it by golden runs. */
import type {
  FrameFinished,
  FrameStarted,
  FrameState,
  NodeDelta,
  NodeFailed,
  NodeFinished,
  NodeState,
  NodeStarted,
  NodeStep,
  RunEvent,
  RunFailed,
  RunFinished,
  RunState,
  RunStopped,
  Usage,
} from "../generated/events";

const NO_USAGE: Usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost: 0 };

export function freshRun(): RunState {
  return {
    status: "queued",
    nodes: {},
    frames: {},
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
      return started(state, event);
    case "node_delta":
      return patch(state, event, (node) => withText(node, event));
    case "node_intent":
      return patch(state, event, (node) => ({ ...node, intent: event.key }));
    case "node_finished":
      return addUsage(
        patch(state, event, (node) => finishedNode(node, event)),
        event.usage,
      );
    case "node_retrying": {
      const { error, attempt } = event;
      return patch(stopFrames(state, event), event, (node) => ({ ...node, status: "retrying", error, attempt }));
    }
    case "node_failed":
      return patch(stopFrames(state, event), event, (node) => failedNode(node, event));
    case "node_skipped":
      return setNode(state, event, { ...freshNode({ attempt: 0 }), status: "skipped" });
    case "container_started":
      return patch(state, event, (node) => ({ ...node, inputs: event.inputs, length: event.length }));
    case "frame_started":
      return startedFrame(state, event);
    case "frame_finished":
      return finishedFrame(state, event);
    case "node_waiting":
      return patch(state, event, (node) => ({ ...node, status: "waiting", wait: event.wait }));
    case "node_resumed":
      return { ...patch(state, event, (node) => ({ ...node, status: "running", wait: null })), status: "running" };
    case "node_step":
      return patch(state, event, (node) => ({ ...node, steps: [...node.steps, step(event)] }));
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

/** Where a node stands: every event about a node says it. */
interface Where {
  node_id: string;
  frame?: string;
}

/** The same attempt again after a recovery keeps what it recorded; a new attempt begins without frames. */
function started(state: RunState, event: NodeStarted): RunState {
  const before = nodeAt(state, event);
  const fresh = freshNode(event);
  if (before?.status === "running") {
    const { steps, frames, length } = before;
    return setNode(state, event, { ...fresh, steps, frames, length });
  }
  if (!before?.frames) return setNode(state, event, fresh);
  const dropped = new Set(framesBelow(state, event));
  const frames = Object.fromEntries(Object.entries(state.frames).filter(([path]) => !dropped.has(path)));
  return setNode({ ...state, frames }, event, fresh);
}

/** The path of a node's frame, given where the node stands. */
export function framePath(frame: string | undefined, nodeId: string, index: number): string {
  return frame ? `${frame}/${nodeId}:${index}` : `${nodeId}:${index}`;
}

function startedFrame(state: RunState, event: FrameStarted): RunState {
  const { node_id, index, region = "" } = event;
  const path = framePath(event.frame, node_id, index);
  const fresh: FrameState = {
    node_id,
    index,
    status: "running",
    nodes: {},
    output: null,
    error: null,
    elapsed_ms: null,
    region,
  };
  const counted = patch(state, event, (node) => ({ ...node, frames: Math.max(node.frames, index + 1) }));
  return { ...counted, frames: { ...counted.frames, [path]: fresh } };
}

function finishedFrame(state: RunState, event: FrameFinished): RunState {
  const { output, error, elapsed_ms } = event;
  const path = framePath(event.frame, event.node_id, event.index);
  const frame = state.frames[path];
  if (!frame) return state;
  if (!error) return setFrame(state, path, { ...frame, status: "finished", output, error, elapsed_ms });
  const inner = Object.keys(frame.nodes).reduce((now, id) => stopFrames(now, { node_id: id, frame: path }), state);
  return setFrame(inner, path, { ...frame, status: "failed", output, error, elapsed_ms, nodes: stopNodes(frame.nodes) });
}

/** The paths of every frame of a node and of the nodes in them. */
function framesBelow(state: RunState, where: Where): string[] {
  const paths: string[] = [];
  const pending: Where[] = [where];
  for (let at = pending.pop(); at; at = pending.pop()) {
    const count = nodeAt(state, at)?.frames ?? 0;
    for (let index = 0; index < count; index++) {
      const path = framePath(at.frame, at.node_id, index);
      const frame = state.frames[path];
      if (!frame) continue;
      paths.push(path);
      const containers = Object.entries(frame.nodes).filter(([, node]) => node.frames > 0);
      pending.push(...containers.map(([id]) => ({ node_id: id, frame: path })));
    }
  }
  return paths;
}

/** A node is done: what still runs in its frames is stopped. */
function stopFrames(state: RunState, where: Where): RunState {
  const running = framesBelow(state, where).filter((path) => state.frames[path]?.status === "running");
  if (running.length === 0) return state;
  const stopped = running.map((path): [string, FrameState] => [path, stopFrame(state.frames[path]!)]);
  return { ...state, frames: { ...state.frames, ...Object.fromEntries(stopped) } };
}

function stopFrame(frame: FrameState): FrameState {
  return frame.status === "running" ? { ...frame, status: "stopped", nodes: stopNodes(frame.nodes) } : frame;
}

function stopNodes(nodes: Record<string, NodeState>): Record<string, NodeState> {
  return mapValues(nodes, (node) => (isOpen(node) ? { ...node, status: "stopped" } : node));
}

function isOpen(node: NodeState): boolean {
  return node.status === "running" || node.status === "retrying" || node.status === "waiting";
}

function mapValues<T>(record: Record<string, T>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function step({ index, name, kind, input, output, error, elapsed_ms, usage }: NodeStep): NodeState["steps"][number] {
  return { index, name, kind, input, output, error, elapsed_ms, usage };
}

function freshNode({ attempt }: Pick<NodeStarted, "attempt">): NodeState {
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
    wait: null,
    steps: [],
    length: null,
    frames: 0,
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
  const { answer, outputs, elapsed_ms } = event;
  const nodes = stopNodes(state.nodes);
  return { ...state, status, answer, outputs, elapsed_ms, nodes, frames: mapValues(state.frames, stopFrame) };
}

function addUsage(state: RunState, usage: Usage | null): RunState {
  if (!usage) return state;
  const total = {
    prompt_tokens: state.usage.prompt_tokens + usage.prompt_tokens,
    completion_tokens: state.usage.completion_tokens + usage.completion_tokens,
    total_tokens: state.usage.total_tokens + usage.total_tokens,
    cost: state.usage.cost + (usage.cost ?? 0),
  };
  return { ...state, usage: total };
}

function nodeAt(state: RunState, { node_id, frame }: Where): NodeState | undefined {
  return frame ? state.frames[frame]?.nodes[node_id] : state.nodes[node_id];
}

function setNode(state: RunState, { node_id, frame }: Where, node: NodeState): RunState {
  if (!frame) return { ...state, nodes: { ...state.nodes, [node_id]: node } };
  const around = state.frames[frame];
  return around ? setFrame(state, frame, { ...around, nodes: { ...around.nodes, [node_id]: node } }) : state;
}

function setFrame(state: RunState, path: string, frame: FrameState): RunState {
  return { ...state, frames: { ...state.frames, [path]: frame } };
}

function patch(state: RunState, where: Where, change: (node: NodeState) => NodeState): RunState {
  const node = nodeAt(state, where);
  return node ? setNode(state, where, change(node)) : state;
}
