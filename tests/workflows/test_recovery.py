"""Going on from a log that was cut off: same results, nothing twice, nothing said twice."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.workflows.builders import document, llm, node, template
from workflows import Plan, Ports, RunInputs, compile, load
from workflows.drive import drive
from workflows.errors import ModelError
from workflows.events import (
    AnswerReset,
    Event,
    NodeFailed,
    NodeFinished,
    NodeStarted,
    RunFailed,
    RunFinished,
    RunPaused,
    decode,
    encode,
)
from workflows.ports import HttpResponse
from workflows.state import fold
from workflows.testing import FakeHttp, FixedClock, MemoryJournal, ScriptedModels, answer_of, trace

BRANCH = {"cases": [{"id": "true", "conditions": [{"selector": ["sys", "query"], "operator": "is", "value": "go"}]}]}
CHAT = document(
    node("start"), llm("a"), node("if", "if-else", BRANCH), template("dead", "x"), llm("b", "{{#a.text#}}"),
    node("answer", config={"answer": "A: {{#a.text#}} B: {{#b.text#}}."}),
    edges=["start>a>if", "if:true>b>answer", "if:false>dead>answer"], mode="chat",
)  # fmt: skip


def reply(request: Any) -> list[str]:
    return [f"{request.node_id} ", "says ", request.messages[-1].content]


async def finish(plan: Plan, history: list[Event], models: ScriptedModels) -> list[Event]:
    journal = MemoryJournal()
    ports = Ports(models=models, journal=journal)
    await drive(plan, run_id="r", inputs=RunInputs(query="go"), ports=ports, history=history)
    return [*history, *journal.events]


async def test_every_prefix_of_a_log_leads_to_the_same_end() -> None:
    plan = compile(load(CHAT))
    whole = await finish(plan, [], ScriptedModels(reply, delay_s=0.03))
    expected = fold(whole)

    for cut in range(1, len(whole)):
        # Through JSON, as a host stores it.
        history = [decode(encode(event)) for event in whole[:cut]]
        recovered = await finish(plan, history, ScriptedModels(reply))
        state = fold(recovered)

        assert [event.seq for event in recovered] == list(range(1, len(recovered) + 1))
        assert (state.status, state.answer, state.outputs) == ("finished", expected.answer, expected.outputs)
        assert answer_of(recovered) == expected.answer
        assert not [event for event in recovered if isinstance(event, AnswerReset)]
        finished = [event.node_id for event in recovered if isinstance(event, NodeFinished)]
        assert sorted(finished) == ["a", "answer", "b", "if", "start"]


async def test_a_recovered_model_that_says_something_else_resets_the_answer() -> None:
    plan = compile(load(CHAT))
    whole = await finish(plan, [], ScriptedModels(reply, delay_s=0.03))
    cut = max(i for i, event in enumerate(whole) if event.__class__.__name__ == "NodeDelta")

    recovered = await finish(plan, whole[: cut + 2], ScriptedModels(["b ", "speaks"]))

    assert [event.text for event in recovered if isinstance(event, AnswerReset)] == ["A: a says go B: b speaks"]
    assert answer_of(recovered) == "A: a says go B: b speaks."
    assert isinstance(recovered[-1], RunFinished)
    assert recovered[-1].answer == "A: a says go B: b speaks."


POST = document(
    node("start"), node("post", "http-request", {"method": "POST", "url": "https://example.org/pay"}),
    node("end", config={"outputs": [{"name": "status", "selector": ["post", "status_code"]}]}),
    edges=["start>post>end"],
)  # fmt: skip


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_only_an_effect_that_must_not_repeat_is_left_in_doubt(method: str) -> None:
    post = {**POST, "nodes": [*POST["nodes"]]}
    post["nodes"][1] = node("post", "http-request", {"method": method, "url": "https://example.org/pay"})
    plan = compile(load(post))
    journal = MemoryJournal()
    await drive(plan, run_id="r", inputs=RunInputs(), ports=Ports(http=FakeHttp(), journal=journal))
    cut = trace(journal.events).index("node_finished post")
    http = FakeHttp(HttpResponse(status=200))
    again = MemoryJournal()

    last = await drive(
        plan, run_id="r", inputs=None, ports=Ports(http=http, journal=again), history=journal.events[:cut]
    )

    if method == "POST":
        assert http.requests == []
        assert isinstance(last, RunFailed)
        assert (last.error.code, last.error.node_id) == ("outcome_unknown", "post")
    else:
        assert len(http.requests) == 1
        assert isinstance(last, RunFinished)
        assert last.outputs == {"status": 200}


async def test_doubt_follows_the_nodes_policy() -> None:
    nodes = [*POST["nodes"]]
    nodes[1] = {
        **nodes[1],
        "policy": {"on_error": "default", "default_outputs": {"status_code": 0}, "retry": {"max": 3}},
    }
    plan = compile(load({**POST, "nodes": nodes}))
    journal, again, http = MemoryJournal(), MemoryJournal(), FakeHttp()
    await drive(plan, run_id="r", inputs=RunInputs(), ports=Ports(http=FakeHttp(), journal=journal))
    cut = trace(journal.events).index("node_finished post")

    last = await drive(
        plan, run_id="r", inputs=None, ports=Ports(http=http, journal=again), history=journal.events[:cut]
    )

    assert http.requests == []
    assert isinstance(last, RunFinished)
    assert (last.outputs, last.exceptions) == ({"status": 0}, 1)


async def test_a_log_that_has_ended_is_left_alone() -> None:
    plan = compile(load(POST))
    journal = MemoryJournal()
    ports = Ports(http=FakeHttp(), journal=journal)
    await drive(plan, run_id="r", inputs=RunInputs(), ports=ports)
    before = list(journal.events)

    assert await drive(plan, run_id="r", inputs=None, ports=ports, history=before) is None
    assert journal.events == before


async def test_a_run_cut_off_between_attempts_tries_again() -> None:
    policy = {"retry": {"max": 1, "interval_ms": 10}}
    graph = document(node("start"), {**llm("m", "hi"), "policy": policy}, node("end"), edges=["start>m>end"])
    plan = compile(load(graph))
    journal, again = MemoryJournal(), MemoryJournal()
    busy = ModelError("model_busy", "busy", retryable=True)
    await drive(plan, run_id="r", inputs=RunInputs(), ports=Ports(models=ScriptedModels(busy), journal=journal))
    cut = trace(journal.events).index("node_retrying m") + 1
    models = ScriptedModels("fine")

    last = await drive(
        plan, run_id="r", inputs=None, ports=Ports(models=models, journal=again), history=journal.events[:cut]
    )

    assert isinstance(last, RunFinished)
    assert [event.attempt for event in again.events if event.__class__.__name__ == "NodeStarted"] == [2, 1]


async def test_history_and_variables_come_from_the_log() -> None:
    graph = document(
        node("start"), llm("m", memory={"enabled": True, "window": 10}),
        node("answer", config={"answer": "{{#m.text#}} {{#conversation.mood#}}"}), edges=["start>m>answer"],
        mode="chat", variables={"conversation": [{"name": "mood", "value": ""}]},
    )  # fmt: skip
    plan = compile(load(graph))
    journal, again, models = MemoryJournal(), MemoryJournal(), ScriptedModels("hi")
    given = RunInputs(query="q", conversation={"mood": "good"}, history=[{"role": "user", "content": "before"}])
    await drive(plan, run_id="r", inputs=given, ports=Ports(models=ScriptedModels("hi"), journal=journal))

    last = await drive(
        plan, run_id="r", inputs=None, ports=Ports(models=models, journal=again), history=journal.events[:1]
    )

    assert isinstance(last, RunFinished)
    assert last.answer == "hi good"
    assert [message.content for message in models.requests[0].messages] == ["before", "q"]


async def test_what_was_not_said_before_the_cut_is_said_before_a_pause() -> None:
    graph = document(
        node("start"), node("wait", config={"mode": "event", "event": "go"}),
        node("answer", config={"answer": "before {{#wait.data#}}"}), edges=["start>wait>answer"], mode="chat",
    )  # fmt: skip
    plan = compile(load(graph))
    journal, again = MemoryJournal(), MemoryJournal()
    await drive(plan, run_id="r", inputs=RunInputs(), ports=Ports(journal=journal))
    assert trace(journal.events)[-1] == "run_paused"

    last = await drive(plan, run_id="r", inputs=None, ports=Ports(journal=again), history=journal.events[:1])

    assert isinstance(last, RunPaused)
    assert again.events[-1] == last
    assert answer_of(again.events) == "before "


@pytest.mark.parametrize(("worked_s", "code"), [(59.9, "node_timeout"), (10.0, None)])
async def test_a_recovered_container_has_only_the_time_that_is_left(worked_s: float, code: str | None) -> None:
    class Slow(ScriptedModels):
        async def chat(self, request: Any) -> Any:
            await asyncio.sleep(0.5)
            async for chunk in super().chat(request):
                yield chunk

    each = node(
        "each", "iteration", {"items": ["start", "items"], "output": ["m", "text"]},
        policy={"timeout_s": 60, "on_error": "default", "default_outputs": {"output": []}},
    )  # fmt: skip
    plan = compile(load(document(
        node("start", config={"variables": [{"name": "items", "type": "json"}]}), each,
        {**llm("m", "hi"), "parent": "each"},
        node("end", config={"outputs": [{"name": "o", "selector": ["each", "output"]}]}),
        edges=["start>each>end", "each:body>m"],
    )))  # fmt: skip
    journal = MemoryJournal()
    await drive(
        plan, run_id="r", inputs=RunInputs(inputs={"items": [1]}),
        ports=Ports(models=ScriptedModels("hi"), journal=journal, clock=FixedClock()),
    )  # fmt: skip
    cut = next(i for i, event in enumerate(journal.events) if isinstance(event, NodeStarted) and event.node_id == "m")
    began = datetime.fromisoformat(journal.events[cut - 2].at)
    later = (began + timedelta(seconds=worked_s)).isoformat()
    history = [*journal.events[:cut], msgspec.structs.replace(journal.events[cut], at=later)]

    rest = MemoryJournal()
    await drive(plan, run_id="r", inputs=None, ports=Ports(models=Slow("hi"), journal=rest), history=history)

    failed = [event.error.code for event in rest.events if isinstance(event, NodeFailed)]
    assert failed == ([] if code is None else [code])
    assert isinstance(rest.events[-1], RunFinished)
    assert rest.events[-1].outputs == {"o": ["hi"] if code is None else []}
