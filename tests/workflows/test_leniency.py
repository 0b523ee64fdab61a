"""What another engine lets pass does not keep its files from running: it is a warning, and fails only when reached."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import document, node, template
from workflows import check
from workflows.events import RunFailed, RunFinished
from workflows.testing import run_to_events

START = node("start", config={"variables": [{"name": "q", "type": "text"}]})
END = node("end", config={"outputs": [{"name": "said", "selector": ["t", "output"]}]})
TWICE = [{"name": "said", "selector": ["start", "q"]}, {"name": "said", "selector": ["t", "output"]}]


def lenient(*nodes: dict[str, Any], edges: list[str]) -> dict[str, Any]:
    return {**document(*nodes, edges=edges), "dialect": "dify"}


@pytest.mark.parametrize(
    ("graph", "code"),
    [
        (lenient(START, template("t", "tea"), END, edges=["start>t>end", "t>start"]), "edge_into_start"),
        (
            lenient(START, template("t", "tea"), template("a", "x"), template("b", "x"), END,
                    edges=["start>t>end", "start>a>b>a"]),
            "graph_cycle",
        ),
        (
            lenient(START, template("t", "tea"), node("end", config={"outputs": TWICE}), edges=["start>t>end"]),
            "name_duplicate",
        ),
    ],
)  # fmt: skip
async def test_a_graph_runs_in_spite_of_it(graph: dict[str, Any], code: str) -> None:
    faults = check(graph)

    last = (await run_to_events(graph, {"q": "?"}))[-1]

    assert code in {fault.code for fault in faults}
    assert {fault.severity for fault in faults} == {"warning"}
    assert isinstance(last, RunFinished)
    assert last.outputs == {"said": "tea"}


async def test_a_wrong_template_fails_when_it_is_reached() -> None:
    graph = lenient(START, template("t", "{% if %}"), END, edges=["start>t>end"])

    last = (await run_to_events(graph, {"q": "?"}))[-1]

    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.node_id, last.error.line) == ("template_syntax", "t", 1)


async def test_a_template_too_large_to_compile_fails_when_it_is_reached() -> None:
    graph = lenient(START, template("t", "{{ q|upper }}" * 20_000), END, edges=["start>t>end"])

    last = (await run_to_events(graph, {"q": "?"}))[-1]

    assert {fault.code: fault.severity for fault in check(graph)}["template_too_large"] == "warning"
    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.node_id, last.error.line) == ("template_too_large", "t", 1)
