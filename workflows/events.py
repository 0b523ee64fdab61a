"""The run log, version 1: every event a run can write, as frozen structs tagged by `type`.

Knows the shape of events and their JSON; knows nothing of the reducer, the driver or where a log is stored.
Events are facts in order: `seq` counts from 1 without gaps, `at` is UTC ISO-8601 with milliseconds.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

VERSION = 1

Mode = Literal["chat", "workflow"]
Handled = Literal["branch", "default"]


class Usage(msgspec.Struct, frozen=True):
    """Tokens one model call, or a whole run, has used, and what they cost in the host's currency."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.total_tokens + other.total_tokens,
            self.cost + other.cost,
        )


class ErrorInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a node or a run failed: a stable code and a sentence; `line` for code and templates."""

    code: str
    message: str
    node_id: str | None = None
    field: str | None = None
    line: int | None = None
    frame: str = ""


class Write(msgspec.Struct, frozen=True):
    """A change to a variable: `target` is `[head, name]`, the head `conversation` or a loop around the node.

    `op` and `value` are kept, not the result, so writes of parallel nodes are applied one after another by whoever
    folds the log, and none is lost.
    """

    target: list[str]
    op: str
    value: Any = None


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    seq: int
    at: str


class NodeEvent(_Event, frozen=True, kw_only=True, omit_defaults=True):
    """What every event about a node says."""

    # `frame` is the path of the frame the node stands in: "" at the top, "each:3" in round 3 of the container `each`,
    # "each:3/again:0" one level deeper.
    node_id: str
    frame: str = ""


class RunStarted(_Event, frozen=True, kw_only=True, tag="run_started", omit_defaults=True):
    """The first event: everything the run depends on besides its plan. `root` is the node it begins at; "" is the
    plan's default one. `definition`, and those it calls by app and version, make a log replayable on its own.
    """

    run_id: str
    mode: Mode
    inputs: dict[str, Any]
    sys: dict[str, Any]
    conversation: dict[str, Any] = {}
    history: list[dict[str, Any]] = []
    root: str = ""
    definition: dict[str, Any] | None = None
    called: dict[str, dict[str, Any]] = {}
    limits: dict[str, Any] | None = None


class NodeStarted(NodeEvent, frozen=True, kw_only=True, tag="node_started"):
    """A node begins, again after a retry (higher `attempt`) or a recovery (same `attempt`): its text starts over."""

    kind: str
    attempt: int


class NodeIntent(NodeEvent, frozen=True, kw_only=True, tag="node_intent"):
    """Committed before a `once` effect is tried. Without an outcome after it, the effect is in doubt."""

    key: str


class NodeDelta(NodeEvent, frozen=True, kw_only=True, tag="node_delta"):
    """Text a streaming node produced since its last delta."""

    output: Literal["text", "reasoning"]
    text: str


class AnswerDelta(NodeEvent, frozen=True, kw_only=True, tag="answer_delta"):
    """Text added to the run's answer. `node_id` is the answer node whose template is being streamed."""

    text: str


class AnswerReset(_Event, frozen=True, kw_only=True, tag="answer_reset"):
    """Replaces the whole answer so far: a model that ran again said something else than was streamed before."""

    text: str


class NodeFinished(NodeEvent, frozen=True, kw_only=True, tag="node_finished"):
    """A node succeeded. `handle` is the branch taken, null where a node has only one way out. `writes` are applied to
    their variables by this event, in order. `inputs` are for people: long values of them are told by a preview,
    `{"$preview", "bytes", "type"}`.
    """

    inputs: dict[str, Any]
    outputs: dict[str, Any]
    handle: str | None
    elapsed_ms: float
    usage: Usage | None
    facts: dict[str, Any]
    writes: list[Write] = []


class NodeRetrying(NodeEvent, frozen=True, kw_only=True, tag="node_retrying"):
    """An attempt failed and `attempt` (the next one) follows after `delay_ms`."""

    attempt: int
    error: ErrorInfo
    delay_ms: int


class NodeFailed(NodeEvent, frozen=True, kw_only=True, tag="node_failed"):
    """A node failed for good. `handled` tells whether its policy lets the run go on; null fails the run."""

    error: ErrorInfo
    handled: Handled | None
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    elapsed_ms: float


class NodeSkipped(NodeEvent, frozen=True, kw_only=True, tag="node_skipped"):
    """No way leads to this node any more."""


class ContainerStarted(NodeEvent, frozen=True, kw_only=True, tag="container_started"):
    """A container knows what it works on. `length` is how many frames there will be, null when that shows later."""

    inputs: dict[str, Any]
    length: int | None


class FrameStarted(NodeEvent, frozen=True, kw_only=True, tag="frame_started"):
    """A frame of a node begins: a round, an item, a sub-workflow. `frame` is where the node stands; the new path is
    `<frame>/<node_id>:<index>`. `region` and `inputs` tell frames that a running task opened what to run, on what.
    """

    index: int
    region: str = ""
    inputs: dict[str, Any] = {}


class FrameFinished(NodeEvent, frozen=True, kw_only=True, tag="frame_finished"):
    """A frame is done. With `error` it failed, and what still ran in it was cancelled."""

    index: int
    output: Any
    error: ErrorInfo | None
    elapsed_ms: float


class NodeWaiting(NodeEvent, frozen=True, kw_only=True, tag="node_waiting"):
    """A node waits for something outside. `wait` has `type` (form, time, event), `key` (names this wait within the
    run), `expires_at` (seconds since the epoch, or null) and what its type needs.
    """

    wait: dict[str, Any]


class NodeResumed(NodeEvent, frozen=True, kw_only=True, tag="node_resumed"):
    """What a node waited for came. `signal` has the wait's `key`, `type` (submitted, event, timeout, time), `data`."""

    signal: dict[str, Any]


class NodeStep(NodeEvent, frozen=True, kw_only=True, tag="node_step"):
    """One step inside a node, such as a model or tool call of an agent. A recovered node takes it from here."""

    attempt: int
    index: int
    name: str
    kind: str
    input: Any
    output: Any
    error: ErrorInfo | None
    elapsed_ms: float
    usage: Usage | None


class RunFinished(_Event, frozen=True, kw_only=True, tag="run_finished"):
    """The run succeeded. `exceptions` counts failures that a policy handled."""

    outputs: dict[str, Any]
    answer: str
    usage: Usage
    elapsed_ms: float
    exceptions: int


class RunFailed(_Event, frozen=True, kw_only=True, tag="run_failed"):
    """The run failed; what was already answered is kept."""

    error: ErrorInfo
    answer: str
    outputs: dict[str, Any]
    elapsed_ms: float


class RunPaused(_Event, frozen=True, kw_only=True, tag="run_paused"):
    """The run waits for something outside; a new drive over the same log resumes it. Each reason is a wait with the
    `node_id` and `frame` of its node.
    """

    reasons: list[dict[str, Any]]


class RunStopped(_Event, frozen=True, kw_only=True, tag="run_stopped"):
    """Somebody stopped the run; the partial answer is kept."""

    reason: str
    answer: str
    outputs: dict[str, Any]
    elapsed_ms: float


Event = (
    RunStarted
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
    | RunStopped
)

EVENT_TYPES: tuple[type[Any], ...] = (
    RunStarted,
    NodeStarted,
    NodeIntent,
    NodeDelta,
    AnswerDelta,
    AnswerReset,
    NodeFinished,
    NodeRetrying,
    NodeFailed,
    NodeSkipped,
    ContainerStarted,
    FrameStarted,
    FrameFinished,
    NodeWaiting,
    NodeResumed,
    NodeStep,
    RunFinished,
    RunFailed,
    RunPaused,
    RunStopped,
)
TERMINAL_TYPES = (RunFinished, RunFailed, RunStopped)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def frame_path(frame: str, node_id: str, index: int) -> str:
    """The path of a node's frame, given the path of the frame the node stands in."""
    return f"{frame}/{node_id}:{index}" if frame else f"{node_id}:{index}"


def encode(event: Event) -> bytes:
    """The event as one line of JSON."""
    return _encoder.encode(event)


def decode(data: bytes | str | dict[str, Any]) -> Event:
    """The event from its JSON or its parsed JSON. Raises msgspec.ValidationError when it is no event of version 1."""
    if isinstance(data, dict):
        return msgspec.convert(data, Event)  # type: ignore[no-any-return]
    return _decoder.decode(data)


def to_dict(event: Event) -> dict[str, Any]:
    """The event as plain JSON values."""
    return msgspec.to_builtins(event)  # type: ignore[no-any-return]


def is_terminal(event: Event) -> bool:
    """True for an event after which the run's log never grows. A pause is not terminal: the run goes on later."""
    return isinstance(event, TERMINAL_TYPES)
