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
NodeStatus = Literal["running", "retrying", "finished", "failed", "skipped", "stopped"]


class NodeState(msgspec.Struct):
    """One node of a run. `text` and `reasoning` are what it streamed in its current attempt."""

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


class RunState(msgspec.Struct):
    """A run, folded. Nodes that were not reached are absent from `nodes`."""

    status: RunStatus = "queued"
    nodes: dict[str, NodeState] = {}
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
    nodes = state.nodes
    match event:
        case ev.NodeStarted():
            nodes[event.node_id] = NodeState("running", event.attempt)
        case ev.NodeFinished():
            _finish(state, nodes[event.node_id], event)
        case ev.NodeDelta():
            _add_text(nodes[event.node_id], event)
        case ev.AnswerDelta():
            state.answer += event.text
        case ev.NodeSkipped():
            nodes[event.node_id] = NodeState("skipped", 0)
        case ev.NodeFailed():
            _fail(nodes[event.node_id], event)
        case ev.NodeRetrying():
            node = nodes[event.node_id]
            node.status, node.error, node.attempt = "retrying", event.error, event.attempt
        case ev.NodeIntent():
            nodes[event.node_id].intent = event.key
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


def _finish(state: RunState, node: NodeState, event: ev.NodeFinished) -> None:
    node.status, node.error = "finished", None
    node.inputs, node.outputs, node.facts = event.inputs, event.outputs, event.facts
    node.handle, node.elapsed_ms, node.usage = event.handle, event.elapsed_ms, event.usage
    if event.usage is not None:
        state.usage = state.usage + event.usage


def _add_text(node: NodeState, event: ev.NodeDelta) -> None:
    if event.output == "text":
        node.text += event.text
    else:
        node.reasoning += event.text


def _fail(node: NodeState, event: ev.NodeFailed) -> None:
    node.status, node.error = "failed", event.error
    node.inputs, node.outputs, node.elapsed_ms = event.inputs, event.outputs, event.elapsed_ms
    node.handle = "fail-branch" if event.handled == "branch" else None


def _close(state: RunState, status: RunStatus, event: ev.RunFinished | ev.RunFailed | ev.RunStopped) -> None:
    state.status = status
    state.answer, state.outputs, state.elapsed_ms = event.answer, event.outputs, event.elapsed_ms
    for node in state.nodes.values():
        if node.status in ("running", "retrying"):
            node.status = "stopped"


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
