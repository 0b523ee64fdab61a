"""Every fault of a graph, named and placed, all at once."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.workflows.builders import document, llm, node, template
from workflows import DefinitionError, check, compile, load
from workflows.definition import read_document

START = node("start", config={"variables": [{"name": "q", "type": "text"}]})
END = node("end", config={"outputs": [{"name": "out", "selector": ["start", "q"]}]})
CASES = {"cases": [{"id": "true", "conditions": [{"selector": ["start", "q"], "operator": "is", "value": "x"}]}]}
CODE = {"code": "def main(): return {}", "outputs": {}}


def faults(*nodes: dict[str, Any], edges: list[str], **sections: Any) -> list[tuple[str, str | None, str | None]]:
    """Code, node and field of every fault."""
    found = check(document(*nodes, edges=edges, **sections))
    return [(fault.code, fault.node_id, fault.field) for fault in found]


def test_a_sound_graph_has_no_fault() -> None:
    assert faults(START, template("t", "{{ q }}", q="start.q"), END, edges=["start>t>end"]) == []


def test_a_name_that_a_template_asks_for_in_vain_is_a_warning() -> None:
    source = "{% for x in q %}{{ x }}{{ range(2) }}{% endfor %}{{ body }} for {{ order.id }}{% set a = 1 %}{{ a }}"
    graph = document(START, template("t", source, q="start.q"), END, edges=["start>t>end"])

    assert [(fault.code, fault.severity, fault.message) for fault in check(graph)] == [
        (
            "template_name_unknown",
            "warning",
            f"The template uses {name!r}, which is not among its inputs: it prints nothing there.",
        )
        for name in ("body", "order")
    ]


TABLE: list[tuple[str, list[dict[str, Any]], list[str], list[tuple[str, str | None, str | None]]]] = [
    ("unknown kind", [START, node("x", "teleport"), END], ["start>x>end"], [("kind_unknown", "x", "kind")]),
    (
        "wrong config, every field",
        [START, node("x", "knowledge-retrieval", {"top_k": 0, "score_threshold": 3, "colour": 1}), END],
        ["start>x>end"],
        [("config_invalid", "x", name) for name in ("top_k", "score_threshold", "colour")],
    ),
    ("no start", [END], [], [("start_missing", None, None), ("reference_unknown_node", "end", "outputs.0.selector")]),
    (
        "two starts",
        [START, node("again", "start"), END],
        ["start>end", "again>end"],
        [("start_duplicate", "again", None)],
    ),
    ("no end", [START], [], [("end_missing", None, None), ("handle_unconnected", "start", "source")]),
    (
        "end out of reach",
        [START, END],
        [],
        [(code, "end", None) for code in ("end_unreachable", "node_unreachable")]
        + [("handle_unconnected", "start", "source")],
    ),
    ("an answer in a workflow", [START, node("answer", config={"answer": "x"}), END], ["start>answer>end"],
     [("kind_not_in_mode", "answer", None)]),
    ("an edge to nowhere", [START, END], ["start>end", "start>ghost"],
     [("edge_dangling", None, "edges.start-source-ghost")]),
    ("an edge into start", [START, template("t", "x"), END], ["start>t>end", "t>start"],
     [("graph_cycle", "start", "edges"), ("edge_into_start", "start", "edges.t-source-start")]),
    ("a handle that is not there", [START, END], ["start>end", "start:nope>end"],
     [("handle_unknown", "start", "edges.start-nope-end")]),
    ("the same id twice", [START, template("t", "x"), template("t", "y"), END], ["start>t>end"],
     [("node_id_duplicate", "t", None)]),
    ("a case that leads nowhere", [START, node("if", "if-else", CASES), END], ["start>if", "if:true>end"],
     [("handle_unconnected", "if", "false")]),
    ("a reference to no node", [START, template("t", "x", q="ghost.q"), END], ["start>t>end"],
     [("reference_unknown_node", "t", "inputs.0.selector")]),
    ("a reference to no output", [START, template("t", "x", q="start.z"), END], ["start>t>end"],
     [("reference_unknown_output", "t", "inputs.0.selector")]),
    ("a reference to a node beside", [START, template("a", "x"), template("b", "x", q="a.output"), END],
     ["start>a>end", "start>b>end"], [("reference_not_upstream", "b", "inputs.0.selector")]),
    ("a reference to no system variable", [START, template("t", "x", q="sys.mood"), END], ["start>t>end"],
     [("reference_unknown_variable", "t", "inputs.0.selector")]),
    ("a reference to no environment variable", [START, template("t", "x", q="env.KEY"), END], ["start>t>end"],
     [("reference_unknown_variable", "t", "inputs.0.selector")]),
    ("an empty reference", [START, node("t", "template-transform", {"inputs": [{"name": "q"}]}), END], ["start>t>end"],
     [("reference_empty", "t", "inputs.0.selector")]),
    ("a reference in a prompt", [START, llm("m", "{{#ghost.text#}} {{#word#}}"), END], ["start>m>end"],
     [("reference_unknown_node", "m", "prompt.0.text"), ("reference_unknown_node", "m", "prompt.0.text")]),
    ("Jinja that is wrong", [START, template("t", "{% if %}"), END], ["start>t>end"],
     [("template_syntax", "t", "template")]),
    ("code that is wrong", [START, node("c", "code", {**CODE, "code": "def main(:\n  x"}), END], ["start>c>end"],
     [("code_syntax", "c", "code")]),
    ("code without main", [START, node("c", "code", {**CODE, "code": "x = 1"}), END], ["start>c>end"],
     [("code_no_main", "c", "code")]),
    ("a model not chosen", [START, node("m", "llm"), END], ["start>m>end"],
     [("model_missing", "m", "model"), ("prompt_empty", "m", "prompt")]),
    ("no knowledge base", [START, node("k", "knowledge-retrieval", {"query": ["start", "q"]}), END], ["start>k>end"],
     [("dataset_missing", "k", "dataset_ids")]),
    ("the same name twice", [node("start", config={"variables": [{"name": "q"}, {"name": "q"}]}), END], ["start>end"],
     [("name_duplicate", "start", "variables")]),
]  # fmt: skip


@pytest.mark.parametrize(("nodes", "edges", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_fault_is_found(nodes: list[dict[str, Any]], edges: list[str], expected: list[Any]) -> None:
    assert sorted(faults(*nodes, edges=edges), key=str) == sorted(expected, key=str)


def test_a_cycle_is_named_node_by_node() -> None:
    graph = document(
        START, template("a", "x"), template("b", "x"), template("c", "x"), END, edges=["start>a>b>c>a", "c>end"]
    )

    cycle = next(fault for fault in check(graph) if fault.code == "graph_cycle")

    assert cycle.message == "These nodes wait for each other in a circle: a → b → c → a."


def test_every_fault_is_reported_at_once() -> None:
    graph = document(
        START, node("x", "teleport"), template("t", "{% if %}", q="ghost.q"), END, edges=["start>t>end", "start>ghost"]
    )

    with pytest.raises(DefinitionError) as raised:
        compile(load(graph))

    codes = {fault.code for fault in raised.value.faults}
    expected = {"kind_unknown", "template_syntax", "reference_unknown_node", "edge_dangling", "node_unreachable"}
    assert expected <= codes


def test_a_chat_needs_an_answer() -> None:
    assert ("answer_missing", None, None) in faults(START, llm("m"), edges=["start>m"], mode="chat")


def test_outputs_of_a_failure_can_be_referred_to_only_where_it_is_handled() -> None:
    used = node("end", config={"outputs": [{"name": "why", "selector": ["m", "error_message"]}]})
    branching = {**llm("m", "x"), "policy": {"on_error": "branch"}}
    replacing = {**llm("m", "x"), "policy": {"on_error": "default", "default_outputs": {"text": "sorry"}}}

    assert faults(START, branching, used, edges=["start>m>end", "m:fail-branch>end"]) == []
    assert faults(START, replacing, used, edges=["start>m>end"]) == []
    assert faults(START, llm("m", "x"), used, edges=["start>m>end"]) == [
        ("reference_unknown_output", "end", "outputs.0.selector")
    ]


HOSTILE: list[Any] = [
    None,
    1,
    "x",
    [],
    {},
    {"weft": 2},
    {"weft": 1},
    {"weft": 1, "nodes": "x"},
    {"weft": 1, "nodes": [1]},
]


@pytest.mark.parametrize("value", [value for value in HOSTILE if isinstance(value, dict)], ids=str)
def test_a_document_of_the_wrong_shape_gives_faults_and_no_traceback(value: dict[str, Any]) -> None:
    assert [fault for fault in check(value) if fault.severity == "error"]


def test_a_node_of_the_wrong_shape_is_named() -> None:
    definition = read_document(document(START, {"id": "x y", "kind": "", "size": 3}, END, edges=["start>end"]))

    assert [(fault.code, fault.node_id, fault.field) for fault in definition.faults] == [
        ("document_invalid", "x y", "nodes.1.id"),
        ("document_invalid", "x y", "nodes.1.kind"),
        ("document_invalid", "x y", "nodes.1.size"),
    ]


def test_a_large_graph_is_checked_quickly() -> None:
    rows = [template(f"n{i}_{j}", "x") for i in range(100) for j in range(10)]
    edges = ["start>" + f"n0_{j}" for j in range(10)]
    edges += [f"n{i}_{j}>n{i + 1}_{k}" for i in range(99) for j in range(10) for k in (j, (j + 1) % 10)]
    edges += [f"n99_{j}>end" for j in range(10)]
    graph = document(START, *rows, END, edges=edges)

    began = time.perf_counter()
    assert check(graph) == []
    assert time.perf_counter() - began < 2
