"""The variable aggregator, and several ends: what branches of which one ran give together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import document, node, template
from workflows.events import NodeFinished, RunFinished
from workflows.testing import run_to_events


def branches(config: dict[str, Any], rows: dict[str, str]) -> dict[str, Any]:
    """`yes` runs when `v` is set, `no` otherwise; `none` puts out a null; `join` gathers."""
    condition = {"selector": ["start", "v"], "operator": "not empty"}
    outputs = [{"name": name, "selector": selector.split(".")} for name, selector in rows.items()]
    return document(
        node("start", config={"variables": [{"name": "v", "type": "json"}, {"name": "null", "type": "number"}]}),
        node("if", "if-else", {"cases": [{"id": "true", "conditions": [condition]}]}),
        template("yes", "yes"), template("no", "no"),
        node("join", "variable-aggregator", config), node("end", config={"outputs": outputs}),
        edges=["start>if", "if:true>yes>join", "if:false>no>join", "join>end"],
    )  # fmt: skip


async def joined(definition: dict[str, Any], v: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
    events = await run_to_events(definition, {"v": v})
    assert isinstance(events[-1], RunFinished), events[-1]
    made = next(event.outputs for event in events if isinstance(event, NodeFinished) and event.node_id == "join")
    return made, events[-1].outputs


@pytest.mark.parametrize(
    ("selectors", "v", "made"),
    [
        (["yes.output", "no.output"], 1, {"output": "yes"}),
        (["yes.output", "no.output"], None, {"output": "no"}),
        (["no.output", "yes.output", "start.v"], 1, {"output": "yes"}),
        (["start.null", "yes.output"], 1, {"output": None}),
        (["no.output"], 1, {}),
        (["start.v.a.b", "start.v.a"], {"a": {"c": 1}}, {"output": {"c": 1}}),
    ],
)
async def test_the_first_value_that_exists_wins(selectors: list[str], v: Any, made: dict[str, Any]) -> None:
    config = {"selectors": [selector.split(".") for selector in selectors]}
    found, outputs = await joined(branches(config, {"o": "join.output"}), v)
    assert (found, outputs) == (made, {"o": made.get("output")})


async def test_groups_have_outputs_of_their_own() -> None:
    groups = [
        {"name": "one", "selectors": [["no", "output"], ["yes", "output"]], "output_type": "string"},
        {"name": "two", "selectors": [["no", "output"]], "output_type": "string"},
    ]
    rows = {"a": "join.one.output", "b": "join.two.output"}
    assert await joined(branches({"groups": groups}, rows), 1) == (
        {"one": {"output": "yes"}}, {"a": "yes", "b": None}
    )  # fmt: skip
    assert await joined(branches({"groups": groups}, rows)) == (
        {"one": {"output": "no"}, "two": {"output": "no"}}, {"a": "no", "b": "no"}
    )  # fmt: skip


async def test_what_several_ends_give_is_joined() -> None:
    ends = [
        node(each, "end", {"outputs": [{"name": name, "selector": ["start", "v"]} for name in (each, "same")]})
        for each in ("a", "b")
    ]
    start = node("start", config={"variables": [{"name": "v", "type": "number"}]})
    events = await run_to_events(document(start, *ends, edges=["start>a", "start>b"]), {"v": 7})
    assert isinstance(events[-1], RunFinished)
    assert events[-1].outputs == {"a": 7, "b": 7, "same": 7}
