"""What a run tells of its nodes' inputs and failures holds no value of a secret variable."""

from __future__ import annotations

import json
from typing import Any

from tests.workflows.builders import document, node, template
from tests.workflows.probes import Worker
from workflows import Ports, RunInputs, compile, load, registry
from workflows.events import NodeFailed, NodeFinished, NodeStep, NodeWaiting, RunPaused
from workflows.masking import masked
from workflows.ports import HttpResponse
from workflows.runner import run
from workflows.testing import FakeHttp, MemoryJournal

SECRET = "sk-12345"


async def events_of(*nodes: dict[str, Any], edges: list[str], http: FakeHttp | None = None) -> list[Any]:
    graph = document(*nodes, edges=edges)
    variable = {"name": "KEY", "type": "secret", "value": SECRET, "description": ""}
    graph["variables"] = {"environment": [variable], "conversation": []}
    ports = Ports(journal=MemoryJournal(), http=http)
    return [event async for event in run(compile(load(graph)), RunInputs(), ports)]


async def test_inputs_are_told_without_secrets_and_outputs_are_what_they_are() -> None:
    events = await events_of(
        node("start"), template("t", "{{ k }}!", k="env.KEY"),
        node("end", config={"outputs": [{"name": "k", "selector": ["t", "output"]}]}), edges=["start>t>end"],
    )  # fmt: skip

    finished = next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "t")
    assert (finished.inputs, finished.outputs) == ({"k": "••••••"}, {"output": f"{SECRET}!"})


async def test_facts_are_told_without_secrets() -> None:
    http = FakeHttp(HttpResponse(status=200, body=b"ok", url=f"http://x/?k={SECRET}"))
    events = await events_of(
        node("start"), node("rq", "http-request", {"method": "GET", "url": "http://x/?k={{#env.KEY#}}"}),
        node("end", config={"outputs": []}), edges=["start>rq>end"], http=http,
    )  # fmt: skip

    finished = next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "rq")
    assert (SECRET in str(finished), finished.facts["url"]) == (False, "http://x/?k=••••••")


async def test_a_failure_does_not_tell_a_secret() -> None:
    events = await events_of(
        node("start"), node("rq", "http-request", {"method": "GET", "url": "{{#env.KEY#}}"}),
        node("end", config={"outputs": []}), edges=["start>rq>end"],
    )  # fmt: skip

    failed = next(event for event in events if isinstance(event, NodeFailed))
    assert SECRET not in str(failed)
    assert "••••••" in failed.error.message


async def test_a_called_workflow_tells_no_secret_of_its_callers() -> None:
    called = document(
        node("start", config={"variables": [{"name": "x", "type": "text"}]}),
        node("rq", "http-request", {"method": "GET", "url": "http://x/?k={{#start.x#}}"}),
        node("end", config={"outputs": [{"name": "code", "selector": ["rq", "status_code"]}]}), edges=["start>rq>end"],
    )  # fmt: skip
    argument = {"name": "x", "mode": "template", "value": "{{#env.KEY#}}"}
    graph = document(
        node("start"), node("call", "workflow", {"app": "c", "arguments": [argument]}), node("end"),
        edges=["start>call>end"],
    )  # fmt: skip
    graph["variables"] = {"environment": [{"name": "KEY", "type": "secret", "value": SECRET}], "conversation": []}
    http = FakeHttp(HttpResponse(status=200, body=b"ok"))
    plan = compile(load(graph), lambda app, version: load(called))
    events = [event async for event in run(plan, RunInputs(), Ports(http=http))]

    told = [event.inputs for event in events if isinstance(event, NodeFinished) and event.node_id in ("rq", "call")]
    assert told == [{"method": "GET", "url": "http://x/?k=••••••"}, {"x": "••••••"}]
    assert [request.url for request in http.requests] == [f"http://x/?k={SECRET}"]


async def test_a_form_and_a_pause_are_told_without_secrets() -> None:
    form = {"form": "Use {{#env.KEY#}}?", "actions": [{"id": "ok", "title": "OK"}]}
    events = await events_of(
        node("start"), node("ask", "human-input", form), node("end"), edges=["start>ask", "ask:ok>end"]
    )

    waiting = next(event for event in events if isinstance(event, NodeWaiting))
    assert (waiting.wait["content"], waiting.wait["key"][-6:]) == ("Use ••••••?", ":ask:1")
    assert isinstance(events[-1], RunPaused)
    assert events[-1].reasons == [{"node_id": "ask", "frame": "", **waiting.wait}]


async def test_steps_tell_what_they_were_given_without_secrets_and_give_what_they_gave() -> None:
    with registry.temporary(Worker()):
        events = await events_of(
            node("start"), node("work", "worker", {"steps": [f"say {SECRET}"]}), node("end"), edges=["start>work>end"]
        )

    step = next(event for event in events if isinstance(event, NodeStep))
    assert (step.input, step.output) == ({"name": "say ••••••"}, f"say {SECRET} done")


async def test_long_inputs_are_told_by_a_preview() -> None:
    rows = ["y" * 100] * 500
    graph = document(
        node("start", config={"variables": [{"name": "rows", "type": "json"}]}),
        template("t", "{{ l|length }} {{ w }}", l="start.rows", w="sys.run_id"),
        node("end", config={"outputs": [{"name": "n", "selector": ["t", "output"]}]}), edges=["start>t>end"],
    )  # fmt: skip
    events = [event async for event in run(compile(load(graph)), RunInputs(inputs={"rows": rows}), Ports(), run_id="r")]

    told, outputs = next((e.inputs, e.outputs) for e in events if isinstance(e, NodeFinished) and e.node_id == "t")
    whole = json.dumps(rows, separators=(",", ":"))
    assert told == {"l": {"$preview": whole[:500], "bytes": len(whole), "type": "array"}, "w": "r"}
    assert outputs == {"output": "500 r"}


def test_what_holds_no_secret_stays_the_same_object() -> None:
    value = {"a": ["b", {"c": 1}], "d": ["sk"]}
    changed = masked(value, ["sk"])
    assert masked(value, ["nothing"]) is value
    assert (changed["a"] is value["a"], changed["d"]) == (True, ["••••••"])


def test_longer_secrets_go_first_and_other_values_stay() -> None:
    assert masked({"a": ["xabcdefx", 5, None], "b": {"c": "abcd"}}, ["abcdef", "abcd"]) == {
        "a": ["x••••••x", 5, None],
        "b": {"c": "••••••"},
    }
