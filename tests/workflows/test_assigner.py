"""The assigner: which variables it writes, in which order, and that a fault writes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import document, node, template
from workflows import check, load
from workflows.events import NodeFinished, RunFailed, Write
from workflows.testing import run_to_events

CONVERSATION = [
    {"name": "count", "type": "number", "value": 1},
    {"name": "text", "type": "string", "value": "old"},
    {"name": "list", "type": "array[string]", "value": ["a"]},
    {"name": "data", "type": "object", "value": {}},
]
NAMES = [variable["name"] for variable in CONVERSATION]


def item(target: str, operation: str, value: Any = None, source: str = "constant") -> dict[str, Any]:
    value = value.split(".") if source == "variable" and isinstance(value, str) else value
    return {"target": target.split("."), "operation": operation, "source": source, "value": value}


def graph(*items: dict[str, Any], dialect: str = "weft") -> dict[str, Any]:
    rows = [{"name": name, "selector": ["conversation", name]} for name in NAMES]
    return document(
        node("start", config={"variables": [{"name": "v", "type": "json"}]}),
        node("set", "assigner", {"items": list(items)}),
        node("end", config={"outputs": rows}),
        edges=["start>set>end"], variables={"conversation": CONVERSATION}, dialect=dialect,
    )  # fmt: skip


async def after(*items: dict[str, Any], v: Any = None, dialect: str = "weft") -> dict[str, Any]:
    """What differs after the assignments."""
    events = await run_to_events(graph(*items, dialect=dialect), {"v": v})
    assert not isinstance(events[-1], RunFailed), events[-1]
    before = {variable["name"]: variable["value"] for variable in CONVERSATION}
    return {name: value for name, value in events[-1].outputs.items() if value != before[name]}


async def test_constants_and_values_of_the_graph() -> None:
    assert await after(item("conversation.text", "set", "new")) == {"text": "new"}
    assert await after(item("conversation.text", "over-write", "start.v", "variable"), v='"new"') == {"text": "new"}
    assert await after(item("conversation.list", "over-write", ["b", "c"])) == {"list": ["b", "c"]}
    assert await after(item("conversation.list", "append", "start.v", "variable"), v='"b"') == {"list": ["a", "b"]}
    assert await after(item("conversation.list", "extend", "start.v", "variable"), v=["b"]) == {"list": ["a", "b"]}
    assert await after(item("conversation.data", "set", '{"a": 1}')) == {"data": {"a": 1}}
    assert await after(item("conversation.count", "clear")) == {"count": 0}
    assert await after(item("conversation.list", "remove-last")) == {"list": []}
    assert await after(item("conversation.text", "replace", "start.v", "variable"), v=[1]) == {"text": [1]}


async def test_later_items_see_what_earlier_ones_wrote() -> None:
    assert await after(
        item("conversation.count", "+=", 4),
        item("conversation.count", "*=", "conversation.count", "variable"),
        item("conversation.data", "set", {"n": {"m": 7}}),
        item("conversation.count", "-=", "conversation.data.n.m", "variable"),
    ) == {"count": 18, "data": {"n": {"m": 7}}}


async def test_a_null_is_passed_over() -> None:
    assert await after(
        item("conversation.text", "over-write", "start.v", "variable"), item("conversation.count", "+=", 1), v=None
    ) == {"count": 2}


async def test_the_log_holds_operations_and_not_results() -> None:
    events = await run_to_events(graph(item("conversation.count", "+=", 4), item("conversation.text", "clear")), {})

    done = next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "set")
    assert done.writes == [Write(["conversation", "count"], "+=", 4), Write(["conversation", "text"], "clear", None)]
    assert (done.outputs, done.facts) == ({}, {"updated": ["conversation.count", "conversation.text"]})
    assert done.inputs == {"conversation.count": 4, "conversation.text": None}


@pytest.mark.parametrize(
    ("bad", "v", "error"),
    [
        (item("conversation.count", "/=", "start.v", "variable"), 0, ("assign_zero", "items.1")),
        (item("conversation.count", "over-write", "start.v", "variable"), '"x"', ("assign_type", "items.1")),
        (item("conversation.text", "append", "start.v", "variable"), '"x"', ("assign_operation", "items.1")),
        (item("conversation.text", "over-write", "start.x", "variable"), 1, ("assign_source_missing", "items.1.value")),
        (item("start.v", "over-write", "start.v", "variable"), 1, ("target_not_writable", "items.1.target")),
        (item("sys.query", "clear"), 1, ("target_not_writable", "items.1.target")),
        (item("conversation.data.a", "clear"), 1, ("target_not_writable", "items.1.target")),
    ],
)
async def test_one_that_cannot_be_made_writes_nothing(bad: dict[str, Any], v: Any, error: tuple[str, str]) -> None:
    # In Dify's files such faults are warnings, and the node fails when it is reached.
    events = await run_to_events(graph(item("conversation.count", "+=", 1), bad, dialect="dify"), {"v": v})

    last = events[-1]
    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.field) == error
    assert not any(isinstance(event, NodeFinished) and event.writes for event in events)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (item("conversation.count", "over-write", "five"), ("assign_type", "items.0.value")),
        (item("conversation.count", "/=", 0), ("assign_zero", "items.0.value")),
        (item("conversation.list", "set", ["x"]), ("assign_operation", "items.0.value")),
        (item("conversation.nowhere", "clear"), ("reference_unknown_variable", "items.0.target")),
        (item("start.v", "clear"), ("target_not_writable", "items.0.target")),
        (item("env.v", "clear"), ("target_not_writable", "items.0.target")),
        ({"operation": "clear"}, ("reference_empty", "items.0.target")),
    ],
)
def test_what_can_be_seen_to_be_wrong_is_a_fault(wrong: dict[str, Any], fault: tuple[str, str]) -> None:
    faults = check(load(graph(wrong)))
    assert [(each.code, each.field) for each in faults if each.severity == "error"] == [fault]


def loop(*items: dict[str, Any]) -> dict[str, Any]:
    """Three rounds of `set` in a loop with the variables `sum` and `seen`."""
    variables = [
        {"name": "sum", "type": "number", "source": "constant", "value": 0},
        {"name": "seen", "type": "array[number]", "source": "constant", "value": []},
    ]
    rows = [{"name": name, "selector": ["loop", name]} for name in ("sum", "seen")]
    rows += [{"name": "count", "selector": ["conversation", "count"]}]
    return document(
        node("start"),
        node("loop", "loop", {"max_rounds": 3, "variables": variables}),
        {**node("set", "assigner", {"items": list(items)}), "parent": "loop"},
        node("end", config={"outputs": rows}),
        edges=["start>loop>end", "loop:body>set"], variables={"conversation": CONVERSATION},
    )  # fmt: skip


async def test_variables_of_the_loop_around_can_be_written() -> None:
    events = await run_to_events(
        loop(
            item("loop.sum", "+=", 2),
            item("loop.seen", "append", "loop.sum", "variable"),
            item("conversation.count", "+=", "loop.sum", "variable"),
        ),
        {},
    )
    assert not isinstance(events[-1], RunFailed), events[-1]
    assert events[-1].outputs == {"sum": 6, "seen": [2, 4, 6], "count": 13}


def test_variables_of_a_loop_are_of_no_one_outside() -> None:
    outside = node("out", "assigner", {"items": [item("loop.sum", "clear")]})
    definition = loop(item("loop.sum", "+=", 1))
    definition["nodes"].append(outside)
    definition["edges"].append({"id": "x", "source": "loop", "handle": "source", "target": "out"})
    faults = check(load(definition))
    assert [(each.code, each.node_id) for each in faults if each.severity == "error"] == [
        ("target_not_writable", "out")
    ]


async def test_rounds_side_by_side_lose_no_write() -> None:
    items = [item("conversation.count", "+=", 1), item("conversation.list", "append", "x")]
    definition = document(
        node("start", config={"variables": [{"name": "v", "type": "json"}]}),
        node("each", "iteration", {"items": ["start", "v"], "output": ["each", "item"], "parallel": 10}),
        {**template("work", "{{ x }}", x="each.item"), "parent": "each"},
        {**node("set", "assigner", {"items": items}), "parent": "each"},
        node("end", config={"outputs": [{"name": name, "selector": ["conversation", name]} for name in NAMES]}),
        edges=["start>each>end", "each:body>work>set"], variables={"conversation": CONVERSATION},
    )  # fmt: skip
    events = await run_to_events(definition, {"v": list(range(50))})
    assert not isinstance(events[-1], RunFailed), events[-1]
    assert events[-1].outputs["count"] == 51
    assert events[-1].outputs["list"] == ["a", *["x"] * 50]
