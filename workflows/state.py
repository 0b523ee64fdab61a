"""What a run looks like after its events so far: `state = fold(events)`.

Knows events only; knows nothing of plans, so the editor's reducer in TypeScript is the same function and both are
checked on the golden runs. `apply` changes a state it owns and never the values inside events.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, assert_never

import msgspec

from workflows import events as ev

RunStatus = Literal["queued", "running", "paused", "finished", "failed", "stopped"]
NodeStatus = Literal["running", "retrying", "waiting", "finished", "failed", "skipped", "stopped"]
FrameStatus = Literal["running", "finished", "failed", "stopped"]
_OPEN = ("running", "retrying", "waiting")


class StepState(msgspec.Struct):
    """One step inside a node, as it was recorded."""

    index: int
    name: str
    kind: str
    input: Any
    output: Any
    error: ev.ErrorInfo | None
    elapsed_ms: float
    usage: ev.Usage | None


class NodeState(msgspec.Struct):
    """One node of a run. `text` and `reasoning` are what it streamed in its current attempt, `steps` what it did.

    A container has opened `frames` frames so far, of `length` when that is known; frame i is `<id>:i` below it.
    """

    status: NodeStatus
    attempt: int = 1
    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    error: ev.ErrorInfo | None = None
    handle: str | None = None
    elapsed_ms: float | None = None
    usage: ev.Usage | None = None
    facts: dict[str, Any] = {}
    text: str = ""
    reasoning: str = ""
    intent: str | None = None
    wait: dict[str, Any] | None = None
    steps: list[StepState] = []
    length: int | None = None
    frames: int = 0


class FrameState(msgspec.Struct):
    """One pass over the body of the container `node_id`, or one run of a sub-workflow, with nodes of its own."""

    node_id: str
    index: int
    status: FrameStatus = "running"
    nodes: dict[str, NodeState] = {}
    output: Any = None
    error: ev.ErrorInfo | None = None
    elapsed_ms: float | None = None
    region: str = ""


class RunState(msgspec.Struct):
    """A run, folded. Nodes that were not reached are absent from `nodes`; `frames` holds all levels by path."""

    status: RunStatus = "queued"
    nodes: dict[str, NodeState] = {}
    frames: dict[str, FrameState] = {}
    answer: str = ""
    outputs: dict[str, Any] = {}
    error: ev.ErrorInfo | None = None
    usage: ev.Usage = ev.Usage()
    elapsed_ms: float | None = None
    last_seq: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, as in `state.json` of the golden runs."""
        return msgspec.to_builtins(self)  # type: ignore[no-any-return]


def fold(events: Iterable[ev.Event], state: RunState | None = None) -> RunState:
    """Apply `events` in order to `state`, or to a fresh one."""
    state = state or RunState()
    for event in events:
        apply(state, event)
    return state


def apply(state: RunState, event: ev.Event) -> RunState:
    """Advance `state` by one event and return it. The only way a state changes."""
    state.last_seq = event.seq
    match event:
        case ev.NodeStarted():
            _start(state, event)
        case ev.NodeFinished():
            _finish(state, _nodes(state, event.frame)[event.node_id], event)
        case ev.FrameStarted():
            node = _nodes(state, event.frame)[event.node_id]
            node.frames = max(node.frames, event.index + 1)
            path = ev.frame_path(event.frame, event.node_id, event.index)
            state.frames[path] = FrameState(event.node_id, event.index, region=event.region)
        case ev.FrameFinished():
            _finish_frame(state, event)
        case ev.NodeDelta():
            _add_text(_nodes(state, event.frame)[event.node_id], event)
        case ev.AnswerDelta():
            _add_answer(state, event.text)
        case ev.NodeSkipped():
            _nodes(state, event.frame)[event.node_id] = NodeState("skipped", 0)
        case ev.NodeFailed():
            _fail(state, _nodes(state, event.frame)[event.node_id], event)
        case ev.NodeRetrying():
            node = _nodes(state, event.frame)[event.node_id]
            node.status, node.error, node.attempt = "retrying", event.error, event.attempt
            _stop_frames(state, event.frame, event.node_id)
        case ev.NodeIntent():
            _nodes(state, event.frame)[event.node_id].intent = event.key
        case ev.ContainerStarted():
            node = _nodes(state, event.frame)[event.node_id]
            node.inputs, node.length = event.inputs, event.length
        case ev.NodeWaiting():
            node = _nodes(state, event.frame)[event.node_id]
            node.status, node.wait = "waiting", event.wait
        case ev.NodeResumed():
            node = _nodes(state, event.frame)[event.node_id]
            node.status, node.wait, state.status = "running", None, "running"
        case ev.NodeStep():
            _add_step(_nodes(state, event.frame)[event.node_id], event)
        case ev.AnswerReset():
            state.answer = event.text
        case ev.RunStarted():
            state.status = "running"
        case ev.RunPaused():
            state.status = "paused"
        case ev.RunFinished():
            _close(state, "finished", event)
            state.usage = event.usage
        case ev.RunFailed():
            _close(state, "failed", event)
            state.error = event.error
        case ev.RunStopped():
            _close(state, "stopped", event)
        case _:
            assert_never(event)
    return state


def _nodes(state: RunState, frame: str) -> dict[str, NodeState]:
    return state.frames[frame].nodes if frame else state.nodes


def _start(state: RunState, event: ev.NodeStarted) -> None:
    nodes = _nodes(state, event.frame)
    fresh, before = NodeState("running", event.attempt), nodes.get(event.node_id)
    if before is not None and before.status == "running":
        # The same attempt again after a recovery: what it recorded still counts.
        fresh.steps, fresh.frames, fresh.length = before.steps, before.frames, before.length
    elif before is not None:
        for path in _below(state, event.frame, event.node_id):
            del state.frames[path]
    nodes[event.node_id] = fresh


def _below(state: RunState, frame: str, node_id: str) -> list[str]:
    """The paths of every frame of a node and of the nodes in them, outer ones first."""
    paths = []
    pending = [(frame, node_id)]
    while pending:
        parent, container = pending.pop()
        for index in range(_nodes(state, parent)[container].frames):
            path = ev.frame_path(parent, container, index)
            if path in state.frames:
                paths.append(path)
                pending += [(path, name) for name, node in state.frames[path].nodes.items() if node.frames]
    return paths


def _stop_frames(state: RunState, frame: str, node_id: str) -> None:
    """A node is done: what still runs in its frames is stopped."""
    for path in _below(state, frame, node_id):
        _stop_frame(state.frames[path])


def _stop_frame(frame: FrameState) -> None:
    if frame.status == "running":
        frame.status = "stopped"
        _stop_nodes(frame.nodes)


def _stop_nodes(nodes: dict[str, NodeState]) -> None:
    for node in nodes.values():
        if node.status in _OPEN:
            node.status = "stopped"


def _finish_frame(state: RunState, event: ev.FrameFinished) -> None:
    frame = state.frames[ev.frame_path(event.frame, event.node_id, event.index)]
    frame.status = "failed" if event.error else "finished"
    frame.output, frame.error, frame.elapsed_ms = event.output, event.error, event.elapsed_ms
    if event.error:
        path = ev.frame_path(event.frame, event.node_id, event.index)
        for name in [name for name, node in frame.nodes.items() if node.frames]:
            _stop_frames(state, path, name)
        _stop_nodes(frame.nodes)


def _add_step(node: NodeState, event: ev.NodeStep) -> None:
    step = StepState(
        event.index, event.name, event.kind, event.input, event.output, event.error, event.elapsed_ms, event.usage
    )
    node.steps.append(step)


def _finish(state: RunState, node: NodeState, event: ev.NodeFinished) -> None:
    node.status, node.error = "finished", None
    node.inputs, node.outputs, node.facts = event.inputs, event.outputs, event.facts
    node.handle, node.elapsed_ms, node.usage = event.handle, event.elapsed_ms, event.usage
    if event.usage is not None:
        state.usage = state.usage + event.usage


# A text that only a local variable holds grows in place; one that a field holds too is copied for every piece.


def _add_answer(state: RunState, piece: str) -> None:
    answer, state.answer = state.answer, ""
    answer += piece
    state.answer = answer


def _add_text(node: NodeState, event: ev.NodeDelta) -> None:
    if event.output == "text":
        text, node.text = node.text, ""
        text += event.text
        node.text = text
    else:
        node.reasoning += event.text


def _fail(state: RunState, node: NodeState, event: ev.NodeFailed) -> None:
    _stop_frames(state, event.frame, event.node_id)
    node.status, node.error = "failed", event.error
    node.inputs, node.outputs, node.elapsed_ms = event.inputs, event.outputs, event.elapsed_ms
    node.handle = "fail-branch" if event.handled == "branch" else None


def _close(state: RunState, status: RunStatus, event: ev.RunFinished | ev.RunFailed | ev.RunStopped) -> None:
    state.status = status
    state.answer, state.outputs, state.elapsed_ms = event.answer, event.outputs, event.elapsed_ms
    _stop_nodes(state.nodes)
    for frame in state.frames.values():
        _stop_frame(frame)


def citations(state: RunState) -> list[dict[str, Any]]:
    """The passages the answer may cite, in the order of their numbers `[1]`, `[2]`, ...

    These are the passages given to models as context; when no model was given any, those that were retrieved.
    """
    used = [node.facts["context"] for node in state.nodes.values() if node.facts.get("context")]
    sources: list[Any] = [_passages_at(state, selector) for selector in used]
    if not sources:
        sources = [node.outputs.get("result") for node in state.nodes.values() if "passages" in node.facts]
    return [passage for source in sources if source for passage in source if isinstance(passage, dict)]


def _passages_at(state: RunState, selector: list[str]) -> list[dict[str, Any]]:
    node = state.nodes.get(selector[0])
    value = node.outputs.get(selector[1]) if node and len(selector) > 1 else None
    return value if isinstance(value, list) else []
