"""Published workflows as nodes of others."""

from __future__ import annotations

from typing import Any

from tests.workflows.builders import document, node, template
from tests.workflows.containers import START, codes, end, outputs
from workflows import Ports, RunInputs, compile, load
from workflows.drive import drive
from workflows.events import Event, RunFailed
from workflows.state import fold
from workflows.testing import MemoryJournal, answer_of, run_to_events

CALLED = document(
    node("start", config={"variables": [{"name": "word", "type": "text", "required": True}]}),
    template("t", "<{{ w }}>", w="start.word"), end(out="t.output"), edges=["start>t>end"],
)  # fmt: skip


def call(node_id: str, app: str, **arguments: str) -> dict[str, Any]:
    rows = [{"name": name, "mode": "template", "value": text} for name, text in arguments.items()]
    return node(node_id, "workflow", {"app": app, "arguments": rows})


async def run_with(library: dict[str, Any], graph: dict[str, Any], inputs: dict[str, Any], **ports: Any) -> list[Event]:
    plan = compile(load(graph), lambda app, version: load(library[app]) if app in library else None)
    journal = MemoryJournal()
    await drive(plan, run_id="r", inputs=RunInputs(inputs=inputs), ports=Ports(journal=journal, **ports))
    return journal.events


async def test_a_workflow_runs_as_a_node() -> None:
    graph = document(START, call("sub", "called", word="{{#start.q#}}"), end(out="sub.out", all="sub.outputs"),
                     edges=["start>sub>end"])  # fmt: skip

    events = await run_with({"called": CALLED}, graph, {"q": "hi"})

    assert outputs(events) == {"out": "<hi>", "all": {"out": "<hi>"}}
    assert fold(events).frames["sub:0"].nodes["t"].outputs == {"output": "<hi>"}
    assert outputs(events) == {"out": "<hi>", "all": {"out": "<hi>"}}


async def test_a_chat_as_a_node_gives_its_answer_and_streams_nothing() -> None:
    chat = document(node("start"), node("answer", config={"answer": "You said {{#sys.query#}}."}),
                    edges=["start>answer"], mode="chat")  # fmt: skip
    answer = node("answer", config={"answer": "({{#sub.answer#}})"})
    graph = document(node("start"), call("sub", "chat", query="{{#sys.query#}}!"), answer,
                     edges=["start>sub>answer"], mode="chat")  # fmt: skip
    plan = compile(load(graph), lambda app, version: load(chat))
    journal = MemoryJournal()

    await drive(plan, run_id="r", inputs=RunInputs(query="hi"), ports=Ports(journal=journal))

    assert answer_of(journal.events) == "(You said hi!.)"


async def test_a_workflow_that_fails_fails_its_node() -> None:
    graph = document(START, call("sub", "called"), end(), edges=["start>sub>end"])

    events = await run_with({"called": CALLED}, graph, {})

    last = events[-1]
    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.node_id) == ("input_invalid", "sub")
    assert "failed at node 'start'" in last.error.message


def test_workflows_that_cannot_be_called_are_faults() -> None:
    graph = document(START, call("sub", "a"), end(), edges=["start>sub>end"])
    loops = {"a": document(START, call("sub", "b"), end(), edges=["start>sub>end"]),
             "b": document(START, call("sub", "a"), end(), edges=["start>sub>end"])}  # fmt: skip
    deep = {f"w{i}": document(START, call("sub", f"w{i + 1}"), end(), edges=["start>sub>end"]) for i in range(9)}
    deep["w5"] = CALLED

    assert codes(graph) == []
    assert codes(graph, {}) == ["sub_workflow_missing"]
    assert codes(graph, loops) == ["sub_workflow_invalid"]
    assert codes(graph, {**deep, "a": deep["w2"]}) == []
    assert codes(graph, {**deep, "a": deep["w1"]}) == []
    assert codes(graph, {**deep, "a": deep["w0"]}) == ["sub_workflow_invalid"]


async def test_a_missing_workflow_fails_only_when_it_is_reached() -> None:
    graph = document(START, call("sub", "a"), end(), edges=["start>sub>end"])

    events = await run_to_events(graph, {})

    assert isinstance(events[-1], RunFailed)
    assert events[-1].error.code == "sub_workflow_missing"
