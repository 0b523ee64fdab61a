"""What to do next: pure functions from a plan and a run's progress to commands.

Knows the order of things (skips before starts, failures before both); does nothing itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from workflows.errors import NodeError
from workflows.events import ErrorInfo, Handled
from workflows.plan import PlanNode
from workflows.progress import Progress


class Start(NamedTuple):
    """Run a node."""

    node: int
    attempt: int


class Skip(NamedTuple):
    """Mark a node as never reached."""

    node: int


class Doubt(NamedTuple):
    """Fail a node whose effect may or may not have happened before a crash."""

    node: int


class FailRun(NamedTuple):
    """End the run with an error."""

    error: ErrorInfo


class FinishRun(NamedTuple):
    """End the run: nothing is left to do."""


class Retry(NamedTuple):
    """Try a node again after a pause."""

    attempt: int
    delay_ms: int


class Fail(NamedTuple):
    """A node failed for good; `handled` and `outputs` follow its policy."""

    handled: Handled | None
    outputs: dict[str, Any]


Command = Start | Skip | Doubt | FailRun | FinishRun


def decide(progress: Progress) -> list[Command]:
    """What to do now. Empty while the run waits for running nodes or for a pause between attempts."""
    if progress.ended is not None:
        return []
    if progress.fatal is not None:
        return [FailRun(progress.fatal)]
    if progress.to_skip or progress.ready:
        skips: list[Command] = [Skip(node) for node in progress.to_skip]
        return skips + [Start(node, attempt) for node, attempt in progress.ready.items()]
    if progress.running or progress.retrying:
        return []
    return [FinishRun()]


def recover(progress: Progress) -> list[Command]:
    """What to do first with a log that was cut off: nodes it left running run again, but for doubtful effects."""
    commands: list[Command] = []
    for node, attempt in progress.running.items():
        commands.append(Doubt(node) if node in progress.in_doubt else Start(node, attempt))
    commands += [Start(node, attempt) for node, attempt in progress.retrying.items()]
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
