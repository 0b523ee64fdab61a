"""What a run may use up: counting from a log, and what is said when it is too much."""

from __future__ import annotations

from typing import Any

import pytest

from workflows import events as ev
from workflows.budget import Budget, active_seconds, read_limits, tighten
from workflows.definition import Limits
from workflows.errors import WorkflowError


def started(node_id: str, attempt: int = 1, frame: str = "") -> ev.NodeStarted:
    return ev.NodeStarted(seq=0, at="", node_id=node_id, kind="k", attempt=attempt, frame=frame)


def finished(node_id: str, usage: ev.Usage | None = None, frame: str = "") -> ev.NodeFinished:
    return ev.NodeFinished(
        seq=0, at="", node_id=node_id, frame=frame, inputs={}, outputs={}, handle=None, elapsed_ms=1.0, usage=usage,
        facts={},
    )  # fmt: skip


def retrying(node_id: str, attempt: int) -> ev.NodeRetrying:
    error = ev.ErrorInfo("x", "x")
    return ev.NodeRetrying(seq=0, at="", node_id=node_id, attempt=attempt, error=error, delay_ms=0)


def step(node_id: str, index: int, usage: ev.Usage) -> ev.NodeStep:
    return ev.NodeStep(
        seq=0, at="", node_id=node_id, attempt=1, index=index, name="m", kind="model", input=None, output=None,
        error=None, elapsed_ms=1.0, usage=usage,
    )  # fmt: skip


def at(second: int, kind: type[Any] = ev.AnswerReset, **given: Any) -> Any:
    fields = given or {"text": ""}
    return kind(seq=0, at=f"2026-01-01T00:00:{second:02d}.500Z", **fields)


def test_starts_count_once_for_each_attempt() -> None:
    history = [
        started("a"), started("a"), retrying("a", 2), started("a", 2), finished("a"),
        started("each"), started("b", frame="each:0"), started("b", frame="each:1"),
        retrying("each", 2), started("each", 2), started("b", frame="each:0"),
    ]  # fmt: skip

    budget = Budget(Limits(steps=8))
    for event in history:
        budget.observe(event)

    assert budget.starts == 7
    assert budget.refuse_start("", "c", 1) is None
    budget.observe(started("c"))
    assert budget.refuse_start("", "c", 1) is None
    assert budget.refuse_start("", "d", 1) == ev.ErrorInfo(
        "budget_exceeded",
        "The run has started 8 nodes, and it may start 8. Raise 'steps' under the app's limits, "
        "or among the limits that the run was started with.",
        "d",
        "limits.steps",
    )


def test_usage_of_steps_is_not_counted_twice() -> None:
    budget = Budget(Limits(tokens=100))
    budget.observe(started("agent"))
    budget.observe(step("agent", 0, ev.Usage(10, 20, 30, 0.25)))
    assert budget.usage == ev.Usage(10, 20, 30, 0.25)

    budget.observe(finished("agent", ev.Usage(15, 25, 40, 0.5)))
    budget.observe(finished("other", ev.Usage(30, 30, 60)))
    assert budget.usage == ev.Usage(45, 55, 100, 0.5)
    assert budget.overspent() is None

    budget.observe(finished("last", ev.Usage(1, 0, 0)))
    error = budget.overspent()
    assert error is not None
    assert (error.code, error.field) == ("budget_exceeded", "limits.tokens")


def test_what_failed_attempts_used_stays_counted() -> None:
    budget = Budget(Limits(cost=0.3))
    for _ in range(2):
        budget.observe(started("agent"))
        budget.observe(step("agent", 0, ev.Usage(1, 1, 2, 0.2)))
        budget.observe(retrying("agent", 2))

    error = budget.overspent()
    assert error is not None
    assert error.message.startswith("The run has cost 0.4, and it may cost 0.3. Raise 'cost' under")


def test_time_spent_paused_is_free() -> None:
    history = [at(0), at(3), at(5, ev.RunPaused, reasons=[]), at(40), at(42)]

    assert active_seconds(history) == 7.0
    budget, free = Budget(Limits(wall_s=10)), Budget(Limits(tokens=1))
    budget.worked(history)
    free.worked(history)
    assert (budget.seconds_left(1.0), free.seconds_left(1.0)) == (2.0, None)
    assert budget.out_of_time().field == "limits.wall_s"


@pytest.mark.parametrize(
    ("own", "given", "expected"),
    [
        ({}, None, None),
        ({"steps": 5}, None, {"steps": 5}),
        ({"steps": 5}, {"steps": 9}, {"steps": 5}),
        ({"steps": 5, "wall_s": 60}, {"steps": 2, "cost": 1.5}, {"wall_s": 60.0, "cost": 1.5, "steps": 2}),
    ],
)
def test_a_run_may_only_narrow_its_limits(
    own: dict[str, Any], given: dict[str, Any] | None, expected: dict[str, Any] | None
) -> None:
    assert tighten(Limits(**own), given) == expected


@pytest.mark.parametrize("given", [{"steps": 0}, {"tokens": -1}, {"wall_s": "soon"}, {"seconds": 1}, {"cost": "nan"}])
def test_wrong_limits_are_refused_by_name(given: dict[str, Any]) -> None:
    with pytest.raises(WorkflowError) as raised:
        read_limits(given)

    assert (raised.value.code, raised.value.field) == ("limits_invalid", f"limits.{next(iter(given))}")
