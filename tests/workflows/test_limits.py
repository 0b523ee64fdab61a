"""Runs with limits: interrupted in the middle of a node, counted over recoveries and pauses, in frames too."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.workflows.builders import document, llm, node, template
from tests.workflows.probes import Worker
from workflows import Ports, RunInputs, compile, load
from workflows.drive import drive
from workflows.errors import WorkflowError
from workflows.events import Event, NodeStarted, RunFailed, RunFinished, RunPaused, RunStarted, Usage, decode, encode
from workflows.ports import Signal
from workflows.registry import temporary
from workflows.state import fold
from workflows.testing import FixedClock, MemoryJournal, ScriptedModels, trace

END = node("end")


async def go(graph: dict[str, Any], history: list[Event] | None = None, signals: Any = (), **given: Any) -> list[Event]:
    journal = MemoryJournal()
    inputs = RunInputs(limits=given.pop("limits", None)) if not history else None
    ports = Ports(journal=journal, **given)
    log = [decode(encode(event)) for event in history or []]
    await drive(compile(load(graph)), run_id="r", inputs=inputs, ports=ports, history=log, signals=signals)
    return [*log, *journal.events]


def failed(events: list[Event]) -> tuple[str, str | None, str | None]:
    last = events[-1]
    assert isinstance(last, RunFailed), last
    return last.error.code, last.error.field, last.error.node_id


CHAIN = document(node("start"), template("a", "x"), template("b", "y"), END, edges=["start>a>b>end"])


async def test_a_run_within_its_limits_finishes() -> None:
    events = await go({**CHAIN, "limits": {"steps": 4, "wall_s": 60, "tokens": 1, "cost": 0.1}})

    first = events[0]
    assert isinstance(first, RunStarted)
    assert first.limits == {"wall_s": 60.0, "tokens": 1, "cost": 0.1, "steps": 4}
    assert isinstance(events[-1], RunFinished)


async def test_the_node_that_would_be_too_many_never_starts() -> None:
    events = await go({**CHAIN, "limits": {"steps": 9}}, limits={"steps": 3})

    assert failed(events) == ("budget_exceeded", "limits.steps", "end")
    assert trace(events)[-2:] == ["node_finished b", "run_failed"]


async def test_every_prefix_of_a_limited_run_ends_alike() -> None:
    graph = {**CHAIN, "limits": {"steps": 3}}
    whole = await go(graph)

    for cut in range(1, len(whole)):
        assert failed(await go(graph, whole[:cut])) == failed(whole)


async def test_starts_in_frames_count() -> None:
    child = {**template("t", "{{ i }}", i="each.item"), "parent": "each"}
    graph = document(
        node("start", config={"variables": [{"name": "rows", "type": "json", "default": [1, 2, 3, 4]}]}),
        node("each", "iteration", {"items": ["start", "rows"], "output": ["t", "output"]}), child, END,
        edges=["start>each>end"], limits={"steps": 4},
    )  # fmt: skip
    graph["edges"].append({"id": "b", "source": "each", "handle": "body", "target": "t"})

    events = await go(graph)

    assert failed(events) == ("budget_exceeded", "limits.steps", "t")
    assert len([event for event in events if isinstance(event, NodeStarted)]) == 4


async def test_time_interrupts_a_node_that_runs() -> None:
    models = ScriptedModels("a b c", delay_s=5)
    graph = document(node("start"), llm("m", "hi"), END, edges=["start>m>end"], limits={"wall_s": 0.05})

    async with asyncio.timeout(2):
        events = await go(graph, models=models)

    assert failed(events) == ("budget_exceeded", "limits.wall_s", None)
    assert models.aborted == 1
    assert fold(events).nodes["m"].status == "stopped"


async def test_tokens_stop_a_run_after_the_call_that_used_them() -> None:
    graph = document(node("start"), llm("a", "x"), llm("b", "y"), END, edges=["start>a>b>end"], limits={"tokens": 50})
    models = ScriptedModels("hello", usage=Usage(30, 10, 40))

    events = await go(graph, models=models)

    assert failed(events) == ("budget_exceeded", "limits.tokens", None)
    assert [request.node_id for request in models.requests] == ["a", "b"]
    again = await go(graph, events[:-1], models=models)
    assert failed(again) == failed(events)
    assert len(models.requests) == 2


async def test_steps_of_a_node_spend_while_it_runs() -> None:
    worker = Worker()
    graph = document(
        node("start"), node("w", "worker", {"steps": ["a", "b", "c", "d"], "tokens": 30, "sleep_s": 0.001}), END,
        edges=["start>w>end"], limits={"tokens": 50},
    )  # fmt: skip
    with temporary(worker):
        events = await go(graph)

    assert failed(events) == ("budget_exceeded", "limits.tokens", None)
    assert [name for name, _ in worker.calls] == ["a", "b"]


async def test_paused_time_is_free_and_worked_time_is_kept() -> None:
    graph = document(
        node("start"), node("ask", "wait", {"mode": "event", "event": "go"}), template("t", "x"), END,
        edges=["start>ask>t>end"], limits={"wall_s": 10},
    )  # fmt: skip
    paused = await go(graph, clock=FixedClock(1_767_225_600.0, step=1.0))
    assert isinstance(paused[-1], RunPaused)

    signal = Signal(key="r:ask:1", type="event")
    late = await go(graph, paused, [signal], clock=FixedClock(1_767_999_999.0))
    assert isinstance(late[-1], RunFinished)
    spent = await go({**graph, "limits": {"wall_s": 3}}, clock=FixedClock(1_767_225_600.0, step=1.0))
    over = await go(graph, spent, [signal], clock=FixedClock(1_767_999_999.0))
    assert failed(over) == ("budget_exceeded", "limits.wall_s", None)


@pytest.mark.parametrize("limits", [{"steps": 0}, {"wall_s": -1}, {"speed": 1}])
async def test_wrong_limits_start_nothing(limits: dict[str, Any]) -> None:
    with pytest.raises(WorkflowError) as raised:
        await go(CHAIN, limits=limits)
    assert raised.value.code == "limits_invalid"


async def test_a_root_that_is_none_starts_nothing() -> None:
    journal = MemoryJournal()
    with pytest.raises(WorkflowError) as raised:
        await drive(compile(load(CHAIN)), run_id="r", inputs=RunInputs(root="a"), ports=Ports(journal=journal))
    assert (raised.value.code, journal.events) == ("root_unknown", [])
