"""What a run tells of its nodes' inputs and failures holds no value of a secret variable."""

from __future__ import annotations

from typing import Any

from tests.workflows.builders import document, node, template
from workflows import Ports, RunInputs, compile, load
from workflows.events import NodeFailed, NodeFinished
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


def test_longer_secrets_go_first_and_other_values_stay() -> None:
    assert masked({"a": ["xabcdefx", 5, None], "b": {"c": "abcd"}}, ["abcdef", "abcd"]) == {
        "a": ["x••••••x", 5, None],
        "b": {"c": "••••••"},
    }
