"""Batches, and what is wrong with containers before a run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import document, llm, node, template
from tests.workflows.containers import START, codes, each, end, inside, outputs
from tests.workflows.test_iterations import models_failing_at
from workflows import Ports, check, load
from workflows.errors import ModelError
from workflows.ports import ChatRequest
from workflows.state import fold
from workflows.testing import FixedClock, ScriptedModels, run_to_events


async def test_a_batch_runs_a_node_once_for_each_element() -> None:
    asked = {
        **llm("m", "{{#m.index#}} {{#m.item#}}"),
        "policy": {"batch": {"items": ["start", "items"], "parallel": 2}},
    }
    graph = document(START, asked, end(texts="m.text", items="m.items"), edges=["start>m>end"])

    events = await run_to_events(graph, {"items": ["a", "b", "c"]}, Ports(models=models_failing_at()))

    assert outputs(events)["texts"] == ["0 A", "1 B", "2 C"]
    assert [item["text"] for item in outputs(events)["items"]] == ["0 A", "1 B", "2 C"]
    assert sorted(fold(events).frames) == ["m:0", "m:1", "m:2"]


async def test_an_element_of_a_batch_is_tried_again_on_its_own() -> None:
    tries: list[str] = []

    def reply(request: ChatRequest) -> str | ModelError:
        tries.append(str(request.messages[-1].content))
        return ModelError("model_busy", "busy", retryable=True) if tries == ["a", "b"] else tries[-1]

    policy = {"batch": {"items": ["start", "items"]}, "retry": {"max": 2, "interval_ms": 0}}
    graph = document(START, {**llm("m", "{{#m.item#}}"), "policy": policy}, end(out="m.text"), edges=["start>m>end"])

    events = await run_to_events(graph, {"items": ["a", "b"]}, Ports(models=ScriptedModels(reply), clock=FixedClock()))

    assert outputs(events) == {"out": ["a", "b"]}
    assert tries == ["a", "b", "b"]


async def test_a_batch_may_run_a_container() -> None:
    policy = {"batch": {"items": ["start", "items"], "on_error": "drop"}}
    inner = {**each(items="each.item", output="t.output"), "policy": policy}
    graph = document(START, inner, *inside("each", template("t", "{{ x }}!", x="each.item")),
                     end(out="each.output"), edges=["start>each>end", "each:body>t"])  # fmt: skip

    events = await run_to_events(graph, {"items": [["a", "b"], "no list", ["c"]]})

    assert outputs(events) == {"out": [["a!", "b!"], ["c!"]]}


BATCH = {"batch": {"items": ["start", "items"]}}

BODY = document(START, each(), *inside("each", template("t", "x")), end(), edges=["start>each>end", "each:body>t"])


@pytest.mark.parametrize(
    ("nodes", "edges", "expected"),
    [
        ([], ["start>t"], "edge_crosses_container"),
        ([], ["t>end"], "edge_crosses_container"),
        ([{**template("u", "x"), "parent": "t"}], [], "parent_not_container"),
        ([{**each("a"), "parent": "b"}, {**each("b"), "parent": "a"}], [], "parent_circle"),
        ([{**node("begin", "start"), "parent": "each"}], [], "root_in_container"),
        ([{**node("stop", "loop-end"), "parent": "each"}], ["t>stop"], "loop_end_outside"),
        ([{**template("u", "x"), "parent": "each"}], ["t>u", "u>t"], "graph_cycle"),
        ([each("empty")], ["start>empty"], "body_empty"),
        ([each("lost"), {**template("u", "x"), "parent": "lost"}], ["start>lost"], "body_entry_missing"),
        ([{**node("over", "end"), "policy": {"batch": {"items": ["start", "items"]}}}], [], "batch_not_here"),
        ([{**node("if", "if-else", {"cases": [{"id": "a"}]}), "policy": BATCH}], ["t>if"], "batch_not_here"),
        ([{**node("ask", "human-input", {"actions": [{"id": "a"}]}), "policy": BATCH}], ["t>ask"], "batch_not_here"),
    ],
)
def test_bodies_that_cannot_run_are_faults(nodes: list[dict[str, Any]], edges: list[str], expected: str) -> None:
    more = document(*nodes, edges=edges)
    graph = {**BODY, "nodes": [*BODY["nodes"], *more["nodes"]], "edges": [*BODY["edges"], *more["edges"]]}

    assert codes(BODY) == []
    assert expected in codes(graph)


def test_a_batch_as_a_whole_may_take_another_way_when_it_fails() -> None:
    many = {**template("many", "x"), "policy": {**BATCH, "on_error": "branch"}}
    other = {**end(out="start.items"), "id": "other"}
    graph = document(START, many, end(out="many.items"), other,
                     edges=["start>many>end", "many:fail-branch>other"])  # fmt: skip

    assert codes(graph) == []


def test_a_way_that_nothing_follows_ends_a_round_without_a_word() -> None:
    condition = {"logical": "and", "conditions": [{"selector": ["each", "item"], "operator": "=", "value": "x"}]}
    body = inside("each", node("if", "if-else", {"cases": [{"id": "hit", **condition}]}), template("t", "x"))
    graph = document(START, each(), *body, end(out="each.output"), edges=["start>each>end", "each:body>if", "if:hit>t"])

    assert codes(graph) == []


def test_references_see_outward_only() -> None:
    graph = document(
        START, each(), *inside("each", template("t", "x"), template("u", "{{ y }}", y="late.output")),
        template("late", "{{ t }}{{ i }}", t="t.output", i="each.item"), end(),
        edges=["start>each>late>end", "each:body>t>u"],
    )  # fmt: skip
    found = [(fault.node_id, fault.code) for fault in check(load(graph)) if fault.severity == "error"]

    assert found == [
        ("late", "reference_unknown_node"),
        ("late", "reference_unknown_output"),
        ("u", "reference_not_upstream"),
    ]
