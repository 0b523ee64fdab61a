"""What a run's log recorded of each node: its attempts, with what they read, did and gave.

Knows plans and events; knows nothing of running anything. What a node read is not in the log: it is found by folding
the log on the plan it was made with, and looking at the values when the node began.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from workflows import events as ev
from workflows import registry
from workflows.errors import WorkflowError
from workflows.plan import Plan, PlanNode
from workflows.progress import Progress
from workflows.template import INPUTS, SYS, Pool
from workflows.values import MISSING

Outcome = ev.NodeFinished | ev.NodeFailed | ev.NodeRetrying
Place = tuple[str, str]
"""Path of the frame, and node id."""

_encoder = msgspec.json.Encoder(order="sorted", enc_hook=repr)


@dataclass(slots=True)
class Attempt:
    """One attempt of one node. `intents` are the keys of effects that were to happen once."""

    fingerprint: bytes
    outcome: Outcome | None = None
    deltas: list[tuple[str, str]] = field(default_factory=list)
    steps: dict[int, ev.NodeStep] = field(default_factory=dict)
    signals: list[dict[str, Any]] = field(default_factory=list)
    intents: list[str] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether the log says how it ended."""
        return self.outcome is not None

    @property
    def finished(self) -> ev.NodeFinished | None:
        """Its success, where it succeeded."""
        return self.outcome if isinstance(self.outcome, ev.NodeFinished) else None

    @property
    def in_doubt(self) -> bool:
        """Whether an effect was begun of which no result is known."""
        return len(self.intents) > len(self.steps) and not self.done


class Recording:
    """The attempts of a log by place, in order. Raises WorkflowError when the log was not made with this plan."""

    def __init__(self, plan: Plan, log: Sequence[ev.Event]) -> None:
        if not log or not isinstance(log[0], ev.RunStarted):
            raise WorkflowError("replay_log_invalid", "A log begins with run_started.")
        self.started = log[0]
        self._attempts: dict[Place, list[Attempt]] = {}
        progress = Progress(plan)
        for event in log:
            try:
                again = isinstance(event, ev.NodeStarted) and progress.cell(event) in progress.running
                progress.observe(event)
                if not again:
                    self._take(progress, event)
                elif isinstance(event, ev.NodeStarted):
                    # Begun again after a crash: it is the same attempt, and speaks from its beginning.
                    self._open(event).deltas.clear()
            except (KeyError, IndexError, AssertionError) as error:
                message = f"Event {event.seq} of the log does not fit the definition: it was made with another one."
                raise WorkflowError("replay_log_invalid", message) from error

    def attempt(self, place: Place, turn: int) -> Attempt | None:
        """The attempt at that place that came as number `turn`, from 0."""
        attempts = self._attempts.get(place, ())
        return attempts[turn] if turn < len(attempts) else None

    def _take(self, progress: Progress, event: ev.Event) -> None:
        match event:
            case ev.NodeStarted():
                self._start(progress, event)
            case ev.NodeFinished() | ev.NodeFailed() | ev.NodeRetrying():
                self._open(event).outcome = event
            case ev.NodeDelta():
                self._open(event).deltas.append((event.output, event.text))
            case ev.NodeStep():
                self._open(event).steps[event.index] = event
            case ev.NodeResumed():
                self._open(event).signals.append(event.signal)
            case ev.NodeIntent():
                self._open(event).intents.append(event.key)
            case _:
                pass

    def _start(self, progress: Progress, event: ev.NodeStarted) -> None:
        cell = progress.cell(event)
        read = fingerprint(progress.node(cell), cell[0].pool, cell[0].home.history)
        self._attempts.setdefault((event.frame, event.node_id), []).append(Attempt(read))

    def _open(self, event: ev.NodeEvent) -> Attempt:
        return self._attempts[event.frame, event.node_id][-1]


def fingerprint(node: PlanNode, pool: Pool, history: list[dict[str, Any]]) -> bytes:
    """A hash of everything that an attempt's result can depend on: how the node is written, and what it reads."""
    values: list[Any] = [plain(ref.get(pool)) for ref in node.reads]
    kind = registry.find(node.kind)
    if kind is not None and kind.root:
        values += [plain(pool[INPUTS]), plain(pool[SYS])]
    written = plain([node.kind, node.config, node.policy.document(), history])
    digest = hashlib.sha256(written)
    for value in values:
        digest.update(len(value).to_bytes(8, "big"))
        digest.update(value)
    return digest.digest()


def plain(value: Any) -> bytes:
    """The value as JSON, keys sorted; what is missing is told from null."""
    return b"" if value is MISSING else _encoder.encode(value)
