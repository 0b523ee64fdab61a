"""The assigner: which variables it writes, in which order, and that a fault writes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import document, node
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
