"""Replay: recorded results for what did not change, live calls for what did."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import document, llm, node, template
from tests.workflows.probes import Worker
from workflows import Plan, Ports, RunInputs, compile, load
from workflows.drive import drive
from workflows.errors import ModelError, WorkflowError
from workflows.events import Event, NodeFailed, NodeRetrying, RunFinished, RunPaused, decode, encode
from workflows.forms import submission
from workflows.ports import HttpResponse
from workflows.registry import temporary
from workflows.replay import Replay
from workflows.state import fold
from workflows.testing import FakeHttp, FixedClock, MemoryJournal, ScriptedModels, trace
from workflows.waits import open_waits

START = node("start", config={"variables": [{"name": "topic"}, {"name": "tone"}]})
GRAPH = document(
    START,
    llm("draft", "write about {{#start.topic#}}"), llm("mood", "be {{#start.tone#}}"),
    llm("final", "{{#draft.text#}} {{#mood.text#}}"),
    node("end", config={"outputs": [{"name": "text", "selector": ["final", "text"]}]}),
    edges=["start>draft>final>end", "start>mood>final"],
)  # fmt: skip


def plan_of(graph: dict[str, Any]) -> Plan:
    return compile(load(graph))


def said(*replies: Any) -> ScriptedModels:
    return ScriptedModels(*replies)


async def recorded(plan: Plan, ports: Ports, inputs: dict[str, Any] | None = None) -> list[Event]:
    journal = MemoryJournal()
    ports = Ports(models=ports.models, http=ports.http, code=ports.code, journal=journal, clock=FixedClock())
    await drive(plan, run_id="r", inputs=RunInputs(inputs=inputs or {"topic": "tea", "tone": "kind"}), ports=ports)
    return [decode(encode(event)) for event in journal.events]


async def again(plan: Plan, log: list[Event], ports: Ports | None = None, **given: Any) -> tuple[Replay, list[Event]]:
    replay = Replay(plan, log, **given)
    return replay, [event async for event in replay.run(ports)]


def without_times(events: list[Event]) -> dict[str, Any]:
    state = fold(events).to_dict()
    for nodes in (state["nodes"], *(frame["nodes"] for frame in state["frames"].values())):
        for fields in nodes.values():
            fields.pop("elapsed_ms")
            fields.pop("intent")
            fields["steps"] = [{**step, "elapsed_ms": 0} for step in fields["steps"]]
    for frame in state["frames"].values():
        frame.pop("elapsed_ms")
    del state["elapsed_ms"], state["last_seq"]
    return state


def asks(request: Any) -> str:
    return f"<{request.messages[0].content}>"


async def test_an_unchanged_run_calls_nobody() -> None:
    plan = plan_of(GRAPH)
    log = await recorded(plan, Ports(models=said(asks)))

    replay, events = await again(plan, log)

    assert without_times(events) == without_times(log)
    assert (sum(replay.replayed.values()), replay.live) == (5, {})


async def test_other_inputs_run_what_reads_them_and_what_follows() -> None:
    plan, models = plan_of(GRAPH), said(asks)
    log = await recorded(plan, Ports(models=said(asks)))

    replay, events = await again(plan, log, Ports(models=models), inputs={"topic": "tea", "tone": "rude"})

    assert fold(events).outputs == {"text": "<<write about tea> <be rude>>"}
    assert [request.node_id for request in models.requests] == ["mood", "final"]
    assert replay.live == {"start": 1, "mood": 1, "final": 1, "end": 1}
    assert replay.replayed == {"draft": 1}


async def test_a_change_that_changes_nothing_stops_there() -> None:
    plan = plan_of(GRAPH)
    log = await recorded(plan, Ports(models=said(asks)))
    changed = plan_of({**GRAPH, "nodes": [llm("mood", "really: be {{#start.tone#}}") if row["id"] == "mood" else row
                                          for row in GRAPH["nodes"]]})  # fmt: skip
    models = said("<be kind>")

    replay, events = await again(changed, log, Ports(models=models), recorded=plan)

    assert fold(events).outputs == fold(log).outputs
    assert replay.live == {"mood": 1}


async def test_from_runs_a_node_live_whatever_it_reads() -> None:
    plan, models = plan_of(GRAPH), said("new")
    log = await recorded(plan, Ports(models=said(asks)))

    replay, events = await again(plan, log, Ports(models=models), node="final")

    assert fold(events).outputs == {"text": "new"}
    assert replay.live == {"final": 1, "end": 1}


async def test_with_gives_a_node_other_outputs() -> None:
    plan, models = plan_of(GRAPH), said(asks)
    log = await recorded(plan, Ports(models=said(asks)))

    replay, events = await again(plan, log, Ports(models=models), node="draft", values={"text": "DRAFT"})

    assert fold(events).outputs == {"text": "<DRAFT <be kind>>"}
    assert [request.node_id for request in models.requests] == ["final"]
    assert fold(events).nodes["draft"].outputs["finish_reason"] == "stop"
    replay, events = await again(plan, log, Ports(models=said(asks)), node="start", values={"tone": "rude"})
    assert fold(events).outputs == {"text": "<<write about tea> <be rude>>"}
    assert replay.replayed == {"draft": 1}


@pytest.mark.parametrize("given", [{"node": "nobody"}, {"values": {"a": 1}}])
async def test_a_replay_of_nothing_is_refused(given: dict[str, Any]) -> None:
    plan = plan_of(GRAPH)
    log = await recorded(plan, Ports(models=said(asks)))

    with pytest.raises(WorkflowError) as raised:
        Replay(plan, log, **given)
    assert raised.value.code == "replay_node_unknown"


async def test_a_log_of_another_definition_is_refused() -> None:
    log = await recorded(plan_of(GRAPH), Ports(models=said(asks)))
    other = plan_of(document(node("start"), node("end"), edges=["start>end"]))

    for given in (log, log[1:], []):
        with pytest.raises(WorkflowError) as raised:
            Replay(other, given)
        assert raised.value.code == "replay_log_invalid"


async def test_failures_and_retries_come_back_without_waiting() -> None:
    retried = llm("draft", "x")
    retried["policy"] = {"retry": {"max": 1, "interval_ms": 60_000}, "on_error": "branch"}
    graph = document(
        node("start"), retried, template("sorry", "sorry: {{ why }}", why="draft.error_message"),
        node("end", config={"outputs": [{"name": "o", "selector": ["sorry", "output"]}]}),
        edges=["start>draft:fail-branch>sorry>end"],
    )  # fmt: skip
    plan = plan_of(graph)
    busy = ModelError("model_busy", "Busy.", retryable=True)
    log = await recorded(plan, Ports(models=said(busy)))

    replay, events = await again(plan, log)

    assert [type(event) for event in events if isinstance(event, (NodeRetrying, NodeFailed))] == [
        NodeRetrying,
        NodeFailed,
    ]
    assert without_times(events) == without_times(log)
    assert (replay.replayed["draft"], replay.live) == (2, {})


def each(body: dict[str, Any]) -> dict[str, Any]:
    body["parent"] = "each"
    edge = {"id": "b", "source": "each", "handle": "body", "target": body["id"]}
    graph = document(
        node("start", config={"variables": [{"name": "rows", "type": "json"}]}),
        node("each", "iteration", {"items": ["start", "rows"], "output": [body["id"], "text"], "parallel": 2}), body,
        node("end", config={"outputs": [{"name": "o", "selector": ["each", "output"]}]}),
        edges=["start>each>end"],
    )  # fmt: skip
    graph["edges"].append(edge)
    return graph


async def test_containers_run_only_the_frames_that_changed() -> None:
    plan, models = plan_of(each(llm("ask", "{{#each.item#}}"))), said(asks)
    log = await recorded(plan, Ports(models=said(asks)), {"rows": ["a", "b", "c"]})
    assert fold(log).outputs == {"o": ["<a>", "<b>", "<c>"]}

    same, events = await again(plan, log)
    assert without_times(events) == without_times(log)
    assert (same.replayed["ask"], same.live) == (3, {})

    replay, events = await again(plan, log, Ports(models=models), inputs={"rows": ["a", "X", "c", "d"]})
    assert fold(events).outputs == {"o": ["<a>", "<X>", "<c>", "<d>"]}
    assert (replay.replayed["ask"], replay.live["ask"], len(models.requests)) == (2, 2, 2)

    whole, _ = await again(plan, log, Ports(models=said(asks)), node="each")
    assert whole.live["ask"] == 3
    given, events = await again(plan, log, node="each", values={"output": ["given"]})
    assert (fold(events).outputs, given.live) == ({"o": ["given"]}, {"end": 1})


POST = document(
    START, node("send", "http-request", {"method": "POST", "url": "https://example.org/{{#start.topic#}}"}),
    node("end", config={"outputs": [{"name": "o", "selector": ["send", "body"]}]}), edges=["start>send>end"],
)  # fmt: skip


async def test_an_effect_that_happens_once_is_not_repeated() -> None:
    plan = plan_of(POST)
    log = await recorded(plan, Ports(http=FakeHttp(HttpResponse(status=200, body=b"done"))))
    http = FakeHttp(HttpResponse(status=200, body=b"again"))

    _, same = await again(plan, log, Ports(http=http))
    _, refused = await again(plan, log, Ports(http=http), inputs={"topic": "coffee"})
    assert (fold(same).outputs, http.requests) == ({"o": "done"}, [])
    error = fold(refused).error
    assert error is not None
    assert (error.code, error.node_id) == ("replay_once", "send")

    _, allowed = await again(plan, log, Ports(http=http), inputs={"topic": "coffee"}, allow_once=True)
    assert (fold(allowed).outputs, len(http.requests)) == ({"o": "again"}, 1)


async def test_recorded_answers_are_given_to_whatever_waits() -> None:
    ask = {"form": "{{#start.topic#}}?", "fields": [{"name": "why"}], "actions": [{"id": "yes"}]}
    plan = plan_of(document(
        START, node("ask", "human-input", ask), node("nap", "wait", {"mode": "duration", "seconds": 90}),
        node("end", config={"outputs": [{"name": "why", "selector": ["ask", "why"]}]}), edges=["start>ask:yes>nap>end"],
    ))  # fmt: skip
    log = await recorded(plan, Ports())
    for now in (0.0, 100.0):
        signals = [submission(wait["key"], {"why": "so"}, "yes") for wait in open_waits(fold(log)) if "fields" in wait]
        journal = MemoryJournal()
        clock = FixedClock(1_767_225_600.0 + now)
        ports = Ports(journal=journal, clock=clock)
        await drive(plan, run_id="r", inputs=None, ports=ports, history=log, signals=signals)
        log = [*log, *journal.events]
    assert isinstance(log[-1], RunFinished)

    same, events = await again(plan, log, Ports(clock=FixedClock()))
    other, changed = await again(plan, log, Ports(clock=FixedClock()), inputs={"topic": "coffee"})
    fresh, paused = await again(plan, log, Ports(clock=FixedClock()), node="ask")

    assert trace(events) == trace(log)
    assert (fold(events).outputs, same.live) == ({"why": "so"}, {})
    # An answer to one question is none to another, and none when it is asked again on purpose.
    assert isinstance(changed[-1], RunPaused)
    assert isinstance(paused[-1], RunPaused)
    assert (other.live, fresh.live) == ({"start": 1, "ask": 1}, {"ask": 1})


async def test_a_run_that_was_cut_off_runs_on_live() -> None:
    plan, models = plan_of(GRAPH), said(asks)
    log = await recorded(plan, Ports(models=said(asks)))
    cut = next(i for i, event in enumerate(log) if getattr(event, "node_id", "") == "final")

    replay, events = await again(plan, log[: cut + 1], Ports(models=models))

    assert fold(events).outputs == fold(log).outputs
    assert replay.live == {"final": 1, "end": 1}


async def test_steps_of_a_node_come_back_and_only_changed_ones_are_done() -> None:
    worker = Worker()
    config = {"steps": ["a", "b", "c"], "effect": "once"}
    graph = document(node("start"), node("w", "worker", config), node("end"), edges=["start>w>end"])
    with temporary(worker):
        plan = plan_of(graph)
        log = await recorded(plan, Ports())
        worker.calls.clear()

        same, events = await again(plan, log)
        assert without_times(events) == without_times(log)
        assert (worker.calls, same.live) == ([], {})

        more = plan_of({**graph, "nodes": [graph["nodes"][0], node("w", "worker", {**config, "steps": ["a", "b", "d"]}),
                                           graph["nodes"][2]]})  # fmt: skip
        other, events = await again(more, log, recorded=plan)
        assert fold(events).nodes["w"].outputs == {"done": ["a done", "b done", "d done"]}
        assert ([name for name, _ in worker.calls], other.live) == (["d"], {"w": 1})

        worker.calls.clear()
        _, events = await again(plan, log, node="w")
        error = fold(events).error
        assert error is not None
        assert (error.code, worker.calls) == ("replay_once", [])
        _, events = await again(plan, log, node="w", allow_once=True)
        assert [name for name, _ in worker.calls] == ["a", "b", "c"]
