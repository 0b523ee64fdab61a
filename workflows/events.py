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
    """Tokens one model call, or a whole run, has used."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.total_tokens + other.total_tokens,
        )


class ErrorInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a node or a run failed: a stable code and a sentence; `line` for code and templates."""

    code: str
    message: str
    node_id: str | None = None
    field: str | None = None
    line: int | None = None


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    seq: int
    at: str


class RunStarted(_Event, frozen=True, kw_only=True, tag="run_started", omit_defaults=True):
    """The first event: everything the run depends on besides its plan."""

    run_id: str
    mode: Mode
    inputs: dict[str, Any]
    sys: dict[str, Any]
    conversation: dict[str, Any] = {}
    history: list[dict[str, Any]] = []


class NodeStarted(_Event, frozen=True, kw_only=True, tag="node_started"):
    """A node begins, again after a retry (higher `attempt`) or a recovery (same `attempt`): its text starts over."""

    node_id: str
    kind: str
    attempt: int = 1


class NodeIntent(_Event, frozen=True, kw_only=True, tag="node_intent"):
    """Committed before a `once` effect is tried. Without an outcome after it, the effect is in doubt."""

    node_id: str
    key: str


class NodeDelta(_Event, frozen=True, kw_only=True, tag="node_delta"):
    """Text a streaming node produced since its last delta."""

    node_id: str
    output: Literal["text", "reasoning"]
    text: str


class AnswerDelta(_Event, frozen=True, kw_only=True, tag="answer_delta"):
    """Text added to the run's answer. `node_id` is the answer node whose template is being streamed."""

    node_id: str
    text: str


class AnswerReset(_Event, frozen=True, kw_only=True, tag="answer_reset"):
    """Replaces the whole answer so far: a model that ran again said something else than was streamed before."""

    text: str


class NodeFinished(_Event, frozen=True, kw_only=True, tag="node_finished"):
    """A node succeeded. `handle` is the branch taken, null where a node has only one way out."""

    node_id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    handle: str | None
    elapsed_ms: float
    usage: Usage | None
    facts: dict[str, Any]


class NodeRetrying(_Event, frozen=True, kw_only=True, tag="node_retrying"):
    """An attempt failed and `attempt` (the next one) follows after `delay_ms`."""

    node_id: str
    attempt: int
    error: ErrorInfo
    delay_ms: int


class NodeFailed(_Event, frozen=True, kw_only=True, tag="node_failed"):
    """A node failed for good. `handled` tells whether its policy lets the run go on; null fails the run."""

    node_id: str
    error: ErrorInfo
    handled: Handled | None
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    elapsed_ms: float


class NodeSkipped(_Event, frozen=True, kw_only=True, tag="node_skipped"):
    """No way leads to this node any more."""

    node_id: str


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
    """The run waits for something outside; a new drive over the same log resumes it."""

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
    RunFinished,
    RunFailed,
    RunPaused,
    RunStopped,
)
TERMINAL_TYPES = (RunFinished, RunFailed, RunStopped)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


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
