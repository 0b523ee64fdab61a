"""What to do next: pure functions from a plan and a run's progress to commands.

Knows the order of things (failures, skips, frames that end, frames that begin, starts); does nothing itself.
"""

from __future__ import annotations

from typing import Any

import msgspec

from workflows.errors import NodeError
from workflows.events import ErrorInfo, Handled
from workflows.frames import Cell, Frame
from workflows.plan import PlanNode
from workflows.progress import Progress


class Start(msgspec.Struct, frozen=True):
    """Run a node."""

    cell: Cell
    attempt: int


class Skip(msgspec.Struct, frozen=True):
    """Mark a node as never reached."""

    cell: Cell


class OpenFrame(msgspec.Struct, frozen=True):
    """Begin a container's next frame."""

    cell: Cell
    number: int


class CloseFrame(msgspec.Struct, frozen=True):
    """End a frame: it failed, or nothing is left to run in it."""

    frame: Frame


class CloseContainer(msgspec.Struct, frozen=True):
    """Make a container's result: no frame runs, and none is wanted."""

    cell: Cell


class Doubt(msgspec.Struct, frozen=True):
    """Fail a node whose effect may or may not have happened before a crash."""

    cell: Cell


class Resume(msgspec.Struct, frozen=True):
    """Let a node go on whose wait is over."""

    cell: Cell


class Pause(msgspec.Struct, frozen=True):
    """Nothing can go on before something outside happens."""


class FailRun(msgspec.Struct, frozen=True):
    """End the run with an error."""

    error: ErrorInfo


class FinishRun(msgspec.Struct, frozen=True):
    """End the run: nothing is left to do."""


class Retry(msgspec.Struct, frozen=True):
    """Try a node again after a pause."""

    attempt: int
    delay_ms: int


class Fail(msgspec.Struct, frozen=True):
    """A node failed for good; `handled` and `outputs` follow its policy."""

    handled: Handled | None
    outputs: dict[str, Any]


Command = (
    Start | Skip | OpenFrame | CloseFrame | CloseContainer | Doubt | Resume | Pause | FailRun | FinishRun
)  # fmt: skip


def decide(progress: Progress) -> list[Command]:
    """What to do now. Empty while the run waits for running nodes or for a pause between attempts."""
    if progress.ended is not None:
        return []
    if progress.fatal is not None:
        return [FailRun(progress.fatal)]
    if progress.to_skip:
        return [Skip(cell) for cell in progress.to_skip]
    if progress.closing:
        return [CloseFrame(frame) for frame in progress.closing]
    commands: list[Command] = []
    if progress.due:
        _decide_containers(progress, commands)
    for cell, attempt in progress.ready.items():
        commands.append(Start(cell, attempt))
    if commands or progress.retrying:
        return commands
    if progress.waiting:
        busy = any(_busy(progress, cell) for cell in progress.running)
        return [] if busy or progress.paused is not None else [Pause()]
    return [] if progress.running else [FinishRun()]


def _decide_containers(progress: Progress, commands: list[Command]) -> None:
    for cell in progress.due:
        frame, index = cell
        container = frame.region.nodes[index].step.container
        assert container is not None
        work = progress.works[cell]
        if work.running < container.parallel and container.wants_frame(work, frame.pool):
            commands.append(OpenFrame(cell, work.opened))
        elif not work.running:
            commands.append(CloseContainer(cell))


def _busy(progress: Progress, cell: Cell) -> bool:
    """Whether a running task does more than wait for a frame it opened, in which somebody else is waited for."""
    work = progress.works.get(cell)
    return work is None or not work.running or cell in progress.in_doubt or bool(progress.open_steps.get(cell))


def recover(progress: Progress) -> list[Start | Resume | Doubt]:
    """What to do first with a log that was cut off: nodes it left running run again, but for doubtful effects."""
    commands: list[Start | Resume | Doubt] = []
    for cell, attempt in progress.running.items():
        if cell in progress.in_doubt:
            commands.append(Doubt(cell))
        elif cell in progress.resumed:
            commands.append(Resume(cell))
        else:
            commands.append(Start(cell, attempt))
    commands += [Start(cell, attempt) for cell, attempt in progress.retrying.items()]
    return commands


def after_failure(node: PlanNode, attempt: int, error: NodeError) -> Retry | Fail:
    """What a node's policy makes of a failed attempt."""
    retry = node.policy.retry
    if error.retryable and attempt <= retry.max:
        return Retry(attempt + 1, retry.interval_ms)
    outputs = {**(error.outputs or {}), "error_message": error.message, "error_type": error.code}
    match node.policy.on_error:
        case "branch":
            return Fail("branch", outputs)
        case "default":
            return Fail("default", {**outputs, **node.policy.default_outputs})
        case "fail":
            return Fail(None, error.outputs or {})
