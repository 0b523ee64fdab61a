"""How runs go: order, branches, joins, retries, timeouts, policies, stopping."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from typing import Any

import pytest

from tests.workflows.builders import document, llm, node, template, until
from workflows import Control, Ports, RunInputs, compile, load, run
from workflows.drive import drive
from workflows.errors import ModelError
from workflows.events import (
    AnswerDelta,
    Event,
    NodeFailed,
    NodeFinished,
    NodeIntent,
    NodeRetrying,
    RunFailed,
    RunFinished,
    RunStopped,
)
from workflows.ports import HttpResponse
from workflows.testing import FakeHttp, FixedClock, MemoryJournal, ScriptedModels, run_to_events, trace

END = node("end", config={"outputs": [{"name": "out", "selector": ["t", "output"]}]})
BRANCH = {"cases": [{"id": "true", "conditions": [{"selector": ["start", "q"], "operator": "contains", "value": "h"}]}]}
START = node("start", config={"variables": [{"name": "q", "type": "text"}]})


def outputs(events: list[Event]) -> dict[str, Any]:
    last = events[-1]
    assert isinstance(last, RunFinished), last
    return last.outputs


async def test_a_chain_runs_in_order() -> None:
    chain = document(START, template("t", "{{ q }}!", q="start.q"), END, edges=["start>t>end"])

    events = await run_to_events(chain, {"q": "hi"})

    assert trace(events) == [
        "run_started",
        "node_started start",
        "node_finished start",
        "node_started t",
        "node_finished t",
        "node_started end",
        "node_finished end",
        "run_finished",
    ]
    assert [event.seq for event in events] == list(range(1, 10))
    assert outputs(events) == {"out": "hi!"}


@pytest.mark.parametrize(("q", "ran", "skipped"), [("hi", "yes", "no"), ("lo", "no", "yes")])
async def test_a_branch_skips_the_other_way_and_the_join_still_runs(q: str, ran: str, skipped: str) -> None:
    join = node("join", "variable-aggregator", {"selectors": [["yes", "output"], ["no", "output"]]})
    end = node("end", config={"outputs": [{"name": "out", "selector": ["join", "output"]}]})
    graph = document(
        START, node("if", "if-else", BRANCH), template("yes", "yes"), template("no", "no"), join, end,
        edges=["start>if", "if:true>yes>join", "if:false>no>join", "join>end"],
    )  # fmt: skip

    events = await run_to_events(graph, {"q": q})

    assert outputs(events) == {"out": ran}
    assert f"node_skipped {skipped}" in trace(events)
    assert f"node_started {skipped}" not in trace(events)


async def test_one_target_of_both_ways_of_a_branch_runs_once() -> None:
    graph = document(
        START, node("if", "if-else", BRANCH), template("t", "x"), END,
        edges=["start>if", "if:true>t", "if:false>t", "t>end"],
    )  # fmt: skip

    assert trace(await run_to_events(graph, {"q": "h"})).count("node_started t") == 1


async def test_parallel_models_wait_together() -> None:
    models = ScriptedModels("a", delay_s=0.1)
    names = [f"m{i}" for i in range(20)]
    join = node("t", "template-transform", {"template": "done"})
    graph = document(START, *(llm(name, "hi") for name in names), join, END,
                     edges=[*(f"start>{name}>t" for name in names), "t>end"])  # fmt: skip

    began = time.monotonic()
    events = await run_to_events(graph, {}, Ports(models=models))

    assert outputs(events) == {"out": "done"}
    assert time.monotonic() - began < 1


async def test_a_long_chain_needs_no_recursion() -> None:
    names = [f"n{i}" for i in range(2000)]
    nodes = [template(name, "{{ x }}", x="start.q") for name in names]
    graph = document(START, *nodes, node("end", config={"outputs": []}), edges=[">".join(["start", *names, "end"])])

    assert outputs(await run_to_events(graph, {"q": "x"})) == {}


async def test_a_long_chain_of_skips_needs_no_recursion() -> None:
    names = [f"n{i}" for i in range(2000)]
    graph = document(
        START, node("if", "if-else", BRANCH), *(template(name, "x") for name in names), node("end"),
        edges=["start>if", "if:true>" + ">".join([*names, "end"]), "if:false>end"],
    )  # fmt: skip

    assert trace(await run_to_events(graph, {"q": "x"})).count("node_skipped n1999") == 1


RETRY = {"retry": {"max": 2, "interval_ms": 1500}}


async def test_a_retry_waits_and_succeeds() -> None:
    models = ScriptedModels(ModelError("model_busy", "busy", retryable=True), "fine")
    clock = FixedClock()
    end = node("end", config={"outputs": [{"name": "out", "selector": ["m", "text"]}]})
    graph = document(START, {**llm("m", "hi"), "policy": RETRY}, end, edges=["start>m>end"])

    events = await run_to_events(graph, {}, Ports(models=models, clock=clock))

    retrying = [event for event in events if isinstance(event, NodeRetrying)]
    assert [(event.attempt, event.delay_ms, event.error.code) for event in retrying] == [(2, 1500, "model_busy")]
    assert clock.slept == [1.5]
    assert outputs(events) == {"out": "fine"}


async def test_what_cannot_heal_is_not_retried() -> None:
    models = ScriptedModels(ModelError("model_auth", "wrong key", retryable=False))
    graph = document(START, {**llm("m", "hi"), "policy": RETRY}, node("end"), edges=["start>m>end"])

    events = await run_to_events(graph, {}, Ports(models=models))

    assert len(models.requests) == 1
    assert isinstance(events[-1], RunFailed)
    assert (events[-1].error.code, events[-1].error.node_id) == ("model_auth", "m")


async def test_retries_run_out() -> None:
    models = ScriptedModels(ModelError("model_busy", "busy", retryable=True))
    graph = document(START, {**llm("m", "hi"), "policy": RETRY}, node("end"), edges=["start>m>end"])

    events = await run_to_events(graph, {}, Ports(models=models, clock=FixedClock()))

    assert len(models.requests) == 3
    assert trace(events)[-2:] == ["node_failed m", "run_failed"]


async def test_a_node_that_takes_too_long_fails() -> None:
    models = ScriptedModels("slow", delay_s=30)
    graph = document(START, {**llm("m", "hi"), "policy": {"timeout_s": 0.05}}, node("end"), edges=["start>m>end"])

    events = await run_to_events(graph, {}, Ports(models=models))

    assert isinstance(events[-1], RunFailed)
    assert events[-1].error.code == "node_timeout"
    assert models.aborted == 1


async def test_a_failure_may_take_its_own_branch() -> None:
    models = ScriptedModels(ModelError("model_auth", "wrong key"))
    end = node("end", config={"outputs": [{"name": "why", "selector": ["m", "error_message"]}]})
    graph = document(
        START, {**llm("m", "hi"), "policy": {"on_error": "branch"}}, template("ok", "ok"), end,
        edges=["start>m>ok>end", "m:fail-branch>end"],
    )  # fmt: skip

    events = await run_to_events(graph, {}, Ports(models=models))

    assert outputs(events) == {"why": "wrong key"}
    assert "node_skipped ok" in trace(events)
    failed = next(event for event in events if isinstance(event, NodeFailed))
    assert (failed.handled, failed.outputs) == ("branch", {"error_message": "wrong key", "error_type": "model_auth"})
    assert isinstance(events[-1], RunFinished)
    assert events[-1].exceptions == 1


async def test_a_failure_may_give_defaults() -> None:
    models = ScriptedModels(ModelError("model_auth", "wrong key"))
    end = node("end", config={"outputs": [{"name": "out", "selector": ["m", "text"]}]})
    policy = {"on_error": "default", "default_outputs": {"text": "sorry"}}
    graph = document(START, {**llm("m", "hi"), "policy": policy}, end, edges=["start>m>end"])

    assert outputs(await run_to_events(graph, {}, Ports(models=models))) == {"out": "sorry"}


async def test_a_failed_run_cancels_its_other_nodes() -> None:
    models = ScriptedModels(
        lambda request: ModelError("model_auth", "no") if request.node_id == "bad" else "slow", delay_s=30
    )
    graph = document(START, llm("bad", "hi"), llm("slow", "hi"), node("end"),
                     edges=["start>bad>end", "start>slow>end"])  # fmt: skip

    began = time.monotonic()
    events = await run_to_events(graph, {}, Ports(models=models))

    assert isinstance(events[-1], RunFailed)
    assert models.aborted == 1
    assert time.monotonic() - began < 1


async def test_a_missing_port_fails_only_the_nodes_that_need_it() -> None:
    graph = document(START, llm("m", "hi"), node("end"), edges=["start>m>end"])

    events = await run_to_events(graph, {})

    assert isinstance(events[-1], RunFailed)
    assert (events[-1].error.code, events[-1].error.field) == ("port_missing", "models")


async def test_a_node_that_crashes_fails_with_its_own_code() -> None:
    class Broken:
        def chat(self, request: Any) -> Any:
            raise ZeroDivisionError("inside an adapter")

    graph = document(START, llm("m", "hi"), node("end"), edges=["start>m>end"])

    events = await run_to_events(graph, {}, Ports(models=Broken()))

    assert isinstance(events[-1], RunFailed)
    assert events[-1].error.code == "node_crashed"
    assert "inside an adapter" in events[-1].error.message


async def test_stop_aborts_the_model_and_keeps_the_partial_answer() -> None:
    models = ScriptedModels(["Hel", "lo", *["…"] * 1000], delay_s=0.02)
    control = Control()
    graph = document(node("start"), llm("m"), node("answer", config={"answer": "{{#m.text#}}"}),
                     edges=["start>m>answer"], mode="chat")  # fmt: skip
    plan = compile(load(graph))
    journal = MemoryJournal()
    ports = Ports(models=models, journal=journal)
    task = asyncio.create_task(drive(plan, run_id="r", inputs=RunInputs(query="hi"), ports=ports, control=control))
    await until(lambda: any(isinstance(event, AnswerDelta) for event in journal.events))

    began = time.monotonic()
    await asyncio.to_thread(control.stop, "user")
    last = await task

    assert time.monotonic() - began < 0.5
    assert isinstance(last, RunStopped)
    assert last.reason == "user"
    assert last.answer.startswith("Hel")
    assert last.outputs == {"answer": last.answer}
    assert models.aborted == 1
    assert journal.durable_up_to == len(journal.events)


async def test_a_stop_before_the_beginning_ends_at_once() -> None:
    control = Control()
    control.stop("quota")
    graph = document(START, template("t", "x"), END, edges=["start>t>end"])

    events = await run_to_events(graph, {}, control=control)

    assert trace(events) == ["run_started", "run_stopped"]


async def test_cancelling_a_drive_leaves_the_log_open() -> None:
    models = ScriptedModels("slow", delay_s=30)
    journal = MemoryJournal()
    plan = compile(load(document(START, llm("m", "hi"), node("end"), edges=["start>m>end"])))
    task = asyncio.create_task(drive(plan, run_id="r", inputs=RunInputs(), ports=Ports(models=models, journal=journal)))
    await until(lambda: bool(models.requests))

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert trace(journal.events)[-1] == "node_started m"
    assert models.aborted == 1


async def test_a_journal_that_refuses_ends_the_drive() -> None:
    class Fenced(MemoryJournal):
        async def append(self, events: Any, *, durable: bool) -> None:
            if durable:
                raise PermissionError("stale token")
            await super().append(events, durable=durable)

    models = ScriptedModels("hi")
    plan = compile(load(document(START, llm("m", "hi"), node("end"), edges=["start>m>end"])))

    with pytest.raises(PermissionError, match="stale token"):
        await drive(plan, run_id="r", inputs=RunInputs(), ports=Ports(models=models, journal=Fenced()))


async def test_an_effect_that_must_not_repeat_is_announced_durably_before_it_happens() -> None:
    journal = MemoryJournal()

    class Checking(FakeHttp):
        async def request(self, request: Any) -> HttpResponse:
            self.durable_before = journal.durable_up_to
            return await super().request(request)

    http = Checking(HttpResponse(status=200, body=b"done"))
    post = node("post", "http-request", {"method": "POST", "url": "https://example.org/"})
    plan = compile(load(document(START, post, node("end"), edges=["start>post>end"])))

    await drive(plan, run_id="r", inputs=RunInputs(), ports=Ports(http=http, journal=journal))

    intents = [i for i, event in enumerate(journal.events, 1) if isinstance(event, NodeIntent)]
    assert http.durable_before == intents[0]


async def test_usage_adds_up() -> None:
    graph = document(START, llm("a", "hi"), llm("b", "hi"), node("end"), edges=["start>a>b>end"])

    events = await run_to_events(graph, {}, Ports(models=ScriptedModels("one two", "one")))

    used = [event.usage.total_tokens for event in events if isinstance(event, NodeFinished) and event.usage]
    assert isinstance(events[-1], RunFinished)
    assert events[-1].usage.total_tokens == sum(used) == 5


async def test_closing_the_iterator_cancels_the_run() -> None:
    models = ScriptedModels("slow", delay_s=30)
    plan = compile(load(document(START, llm("m", "hi"), node("end"), edges=["start>m>end"])))
    events = run(plan, {}, Ports(models=models))
    async for _ in events:
        if models.requests:
            break
        await asyncio.sleep(0.01)

    await events.aclose()  # type: ignore[attr-defined]

    assert models.aborted == 1


async def test_a_drive_keeps_nothing_of_frames_that_are_over() -> None:
    class Elsewhere(MemoryJournal):
        async def append(self, events: Any, *, durable: bool) -> None:
            """Stored elsewhere."""

    write = {**template("t", "x" * 50_000), "parent": "each"}
    each = node("each", "iteration", {"items": ["start", "items"], "output": ["each", "index"]})
    items = node("start", config={"variables": [{"name": "items", "type": "json"}]})
    plan = compile(load(document(items, each, write, node("end"), edges=["start>each>end", "each:body>t"])))
    tracemalloc.start()
    try:
        inputs = RunInputs(inputs={"items": list(range(200))})
        ended = await drive(plan, run_id="r", inputs=inputs, ports=Ports(journal=Elsewhere()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert isinstance(ended, RunFinished)
    assert peak < 5_000_000, "200 texts of 50 KB were kept"
