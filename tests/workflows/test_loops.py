"""Loops: rounds with variables of their own, until a condition, a loop-end or the last."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import llm, node, template
from tests.workflows.containers import N, add, loop, outputs
from workflows import Ports
from workflows.errors import ModelError
from workflows.events import FrameStarted, RunFailed
from workflows.testing import ScriptedModels, run_to_events

ADD = add("again", 2)


def until(value: str) -> dict[str, Any]:
    return {"logical": "and", "conditions": [{"selector": ["again", "n"], "operator": "≥", "value": value}]}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"max_rounds": 3}, {"n": 6, "rounds": 3}),
        ({"max_rounds": 9, "break": until("5")}, {"n": 6, "rounds": 3}),
        ({"max_rounds": 9, "break": until("0")}, {"n": 0, "rounds": 0}),
    ],
)
async def test_a_loop_runs_until_a_condition_or_its_last_round(config: Any, expected: Any) -> None:
    events = await run_to_events(loop(ADD, edges=["again:body>add"], variables=[N], **config), {})

    assert outputs(events) == expected


async def test_a_loop_end_ends_the_loop_after_the_round() -> None:
    choose = node("if", "if-else", {"cases": [{"id": "true", "conditions": until("4")["conditions"]}]})
    graph = loop(
        ADD, choose, node("stop", "loop-end"), template("go", "on"),
        edges=["again:body>add>if", "if:true>stop", "if:false>go"], variables=[N],
    )  # fmt: skip

    assert outputs(await run_to_events(graph, {})) == {"n": 4, "rounds": 2}


async def test_a_loop_fails_with_its_round() -> None:
    graph = loop(llm("m", "hi"), edges=["again:body>m"], variables=[N])

    events = await run_to_events(graph, {}, Ports(models=ScriptedModels(ModelError("model_auth", "no"))))

    assert isinstance(events[-1], RunFailed)
    assert (events[-1].error.code, events[-1].error.node_id) == ("model_auth", "again")


async def test_a_loop_variable_may_begin_with_a_value_of_the_graph() -> None:
    variable = {"name": "n", "type": "any", "source": "variable", "value": ["start", "q"]}
    graph = loop(template("t", "x"), edges=["again:body>t"], variables=[variable], max_rounds=1)

    assert outputs(await run_to_events(graph, {"q": "hello"})) == {"n": "hello", "rounds": 1}


async def test_a_condition_that_cannot_be_told_fails_the_loop_after_a_round() -> None:
    condition = {"selector": ["t", "output"], "operator": "≥", "value": "5"}
    graph = loop(
        template("t", "no number"), edges=["again:body>t"], variables=[N],
        **{"break": {"logical": "and", "conditions": [condition]}},
    )  # fmt: skip

    events = await run_to_events(graph, {})

    last = events[-1]
    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.node_id) == ("condition_type", "again")
    assert [event.index for event in events if isinstance(event, FrameStarted)] == [0]
