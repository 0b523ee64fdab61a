"""What one run is given: its ports, its inputs, and the hand that stops it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from workflows.ports.protocols import Blobs, Clock, Code, Files, Http, Journal, Models, Retrieval, Tools


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """What a waiting node is told. `key` names the wait; `by` says who sent it."""

    key: str
    type: Literal["submitted", "event", "timeout", "time"]
    data: dict[str, Any] = {}
    by: str | None = None


class SystemClock:
    """The machine's own clock."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(slots=True, kw_only=True)
class Ports:
    """Everything a run may use. A missing port fails the nodes that need it, and only those.

    `gather_s` is how long the pieces of a streaming node wait for one another, so that a token is not an event.
    """

    journal: Journal | None = None
    models: Models | None = None
    retrieval: Retrieval | None = None
    http: Http | None = None
    code: Code | None = None
    files: Files | None = None
    tools: Tools | None = None
    blobs: Blobs | None = None
    clock: Clock = field(default_factory=SystemClock)
    gather_s: float = 0.025


@dataclass(slots=True, kw_only=True)
class RunInputs:
    """What one run is given: the start node's inputs and the system's facts.

    `history` is the conversation before this run, oldest first, as `{"role", "content"}`; `conversation` holds the
    current values of conversation variables. Both are written to the log, so a recovered run sees the same. `root` is
    the node to begin at, "" for the plan's default; `limits` tighten those of the definition.
    """

    inputs: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)
    conversation: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    conversation_id: str = ""
    dialogue_count: int = 0
    user_id: str = ""
    app_id: str = ""
    workflow_id: str = ""
    root: str = ""
    limits: dict[str, Any] | None = None


class Control:
    """Stops a run from outside, and tells waiting nodes what they wait for. Safe to call from any thread.

    Of several stops the first reason counts. `signals` are those the driver has not taken yet.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self.signals: deque[Signal] = deque()
        self._wake: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self, reason: str = "user") -> None:
        """Ask the driver to cancel what runs and end with `run_stopped`."""
        if self.reason is None:
            self.reason = reason
        self._ring()

    def deliver(self, signal: Signal) -> None:
        """Give a waiting node what it waits for. A key that nothing waits for is ignored."""
        self.signals.append(signal)
        self._ring()

    def _ring(self) -> None:
        loop, wake = self._loop, self._wake
        if loop is not None and wake is not None and not loop.is_closed():
            loop.call_soon_threadsafe(wake)

    def bind(self, loop: asyncio.AbstractEventLoop, wake: Any) -> None:
        """Called by the driver: `wake` is run on `loop` after a stop or a signal."""
        self._loop, self._wake = loop, wake
