"""Runs that wait: pausing, being told, going on, and never hearing the same thing twice."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.workflows.builders import document, llm, node, template, until
from workflows import Control, Plan, Ports, RunInputs, compile, load
from workflows.drive import drive
from workflows.errors import ModelError
from workflows.events import Event, NodeFinished, NodeResumed, NodeWaiting, RunFinished, RunPaused, decode, encode
from workflows.forms import submission
from workflows.ports import Signal
from workflows.state import fold
from workflows.testing import FixedClock, MemoryJournal, ScriptedModels, trace
from workflows.values import TooDeepError
from workflows.waits import open_waits

NOW = 1_767_225_600.0
ASK: dict[str, Any] = {
    "form": "Pay {{#start.amount#}}? {{#$output.why#}}",
    "fields": [{"name": "why", "type": "text", "required": True}],
    "actions": [{"id": "yes", "title": "Yes", "style": "primary"}, {"id": "no"}],
    "timeout": {"amount": 2, "unit": "hour"},
}
START = node("start", config={"variables": [{"name": "amount", "type": "number"}]})
END = node("end", config={"outputs": [{"name": "text", "selector": ["said", "output"]}]})


def approval(**ask: Any) -> Plan:
    """A form with a way out for each answer, and one for none."""
    return compile(load(document(
        START,
        node("ask", "human-input", {**ASK, **ask}),
        template("paid", "paid because {{ why }}", why="ask.why"),
        template("refused", "refused: {{ shown }}", shown="ask.__rendered_content"),
        template("late", "nobody answered"),
        node("said", "variable-aggregator", {"selectors": [[name, "output"] for name in ("paid", "refused", "late")]}),
        END,
        edges=["start>ask:yes>paid>said>end", "ask:no>refused>said", "ask:__timeout__>late>said"],
    )))  # fmt: skip


def given(clock: FixedClock | None = None, **ports: Any) -> tuple[Ports, MemoryJournal]:
    journal = MemoryJournal()
    return Ports(journal=journal, clock=clock or FixedClock(NOW), **ports), journal


async def go(plan: Plan, history: list[Event], *signals: Signal, clock: FixedClock | None = None) -> list[Event]:
    """Drive on from a log, stored and read back; the whole log then."""
    ports, journal = given(clock)
    stored = [decode(encode(event)) for event in history]
    inputs = RunInputs(inputs={"amount": 5}) if not history else None
    await drive(plan, run_id="r", inputs=inputs, ports=ports, history=stored, signals=signals)
    return [*stored, *journal.events]


def key_of(events: list[Event], node_id: str = "ask") -> str:
    return next(str(wait["key"]) for wait in open_waits(fold(events)) if wait["node_id"] == node_id)


async def test_a_form_pauses_the_run_and_says_what_it_waits_for() -> None:
    events = await go(approval(), [])

    last = events[-1]
    assert isinstance(last, RunPaused)
    assert trace(events) == ["run_started", "node_started start", "node_finished start", "node_started ask",
                             "node_waiting ask", "run_paused"]  # fmt: skip
    assert last.reasons == [{
        "node_id": "ask", "frame": "", "type": "form", "key": "r:ask:1", "expires_at": NOW + 7200,
        "content": "Pay 5? {{#$output.why#}}",
        "fields": [{"name": "why", "type": "text", "label": "why", "required": True, "options": [], "file_types": []}],
        "actions": [{"id": "yes", "title": "Yes", "style": "primary"}, {"id": "no", "title": "no", "style": "default"}],
        "delivery": [{"type": "webapp", "everyone": False, "members": [], "recipients": [], "subject": "", "body": ""}],
    }]  # fmt: skip
    state = fold(events)
    assert (state.status, state.nodes["ask"].status, open_waits(state)) == ("paused", "waiting", last.reasons)


@pytest.mark.parametrize(
    ("action", "text"),
    [("yes", "paid because fine"), ("no", "refused: Pay 5? fine"), ("__timeout__", "nobody answered")],
)
async def test_an_answer_lets_it_go_on_by_its_way_out(action: str, text: str) -> None:
    plan = approval()
    paused = await go(plan, [])
    key = key_of(paused)
    signal = Signal(key=key, type="timeout") if action == "__timeout__" else submission(key, {"why": "fine"}, action)

    events = await go(plan, paused, signal)

    last = events[-1]
    assert isinstance(last, RunFinished)
    assert last.outputs == {"text": text}
    assert trace(events)[5:8] == ["run_paused", "node_resumed ask", "node_finished ask"]
    asked = fold(events).nodes["ask"]
    assert (asked.handle, asked.outputs["__action_id"], asked.wait) == (action, action, None)


async def test_unknown_and_doubled_signals_are_passed_over() -> None:
    plan = approval()
    paused = await go(plan, [])
    answer = submission(key_of(paused), {"why": "a"}, "yes")

    still = await go(plan, paused, Signal(key="r:other:1", type="event"))
    done = await go(plan, paused, answer, submission(answer.key, {"why": "b"}, "no"), answer)
    again = await go(plan, done, answer)

    assert still == paused
    assert [event.outputs for event in done if isinstance(event, RunFinished)] == [{"text": "paid because a"}]
    assert len([event for event in done if isinstance(event, NodeResumed)]) == 1
    assert again == done


async def test_time_that_is_up_is_noticed_when_the_run_is_driven() -> None:
    plan = approval()
    paused = await go(plan, [])

    early = await go(plan, paused, clock=FixedClock(NOW + 7199))
    late = await go(plan, paused, clock=FixedClock(NOW + 7200))

    assert early == paused
    assert [event.signal for event in late if isinstance(event, NodeResumed)] == [
        {"key": "r:ask:1", "type": "timeout", "data": {}}
    ]
    assert fold(late).outputs == {"text": "nobody answered"}


async def test_a_run_stopped_while_it_is_paused_stops() -> None:
    plan = approval()
    paused = await go(plan, [])
    control = Control()
    control.stop("user")
    ports, journal = given()

    await drive(plan, run_id="r", inputs=None, ports=ports, history=paused, control=control)

    assert trace(journal.events) == ["run_stopped"]
    state = fold([*paused, *journal.events])
    assert (state.status, state.nodes["ask"].status) == ("stopped", "stopped")


TWO = compile(load(document(
    node("start"),
    node("a", "wait", {"mode": "event", "event": "order-{{#sys.user_id#}}", "timeout_s": 60}),
    node("b", "wait", {"mode": "duration", "seconds": 90}),
    llm("m", "hi"), node("last", "wait", {"mode": "event", "event": "end"}),
    node("end", config={"outputs": [{"name": "data", "selector": ["a", "data"]},
                                    {"name": "text", "selector": ["m", "text"]}]}),
    edges=["start>a:source>last>end", "a:__timeout__>end", "start>b>end", "start>m>end"],
)))  # fmt: skip


async def test_other_branches_go_on_and_the_pause_names_every_wait() -> None:
    ports, journal = given(models=ScriptedModels("hello"))
    await drive(TWO, run_id="r", inputs=RunInputs(user_id="ada"), ports=ports)

    last = journal.events[-1]
    assert isinstance(last, RunPaused)
    assert last.reasons == [
        {"node_id": "a", "frame": "", "type": "event", "key": "r:a:1", "event": "order-ada", "expires_at": NOW + 60},
        {"node_id": "b", "frame": "", "type": "time", "key": "r:b:1", "expires_at": NOW + 90},
    ]
    assert "node_finished m" in trace(journal.events)

    events = await go(TWO, journal.events, Signal(key="r:a:1", type="event", data={"paid": True}))
    assert isinstance(events[-1], RunPaused)
    assert [wait["node_id"] for wait in events[-1].reasons] == ["b", "last"]

    events = await go(TWO, events, Signal(key="r:last:1", type="event"), clock=FixedClock(NOW + 90))
    assert isinstance(events[-1], RunFinished)
    assert events[-1].outputs == {"data": {"paid": True}, "text": "hello"}
    assert fold(events).nodes["b"].outputs == {"resumed_at": "2026-01-01T00:01:30Z", "timed_out": False, "data": {}}


async def test_an_event_that_never_comes_takes_the_other_way() -> None:
    ports, journal = given(models=ScriptedModels("hello"))
    await drive(TWO, run_id="r", inputs=RunInputs(), ports=ports)

    events = await go(TWO, journal.events, clock=FixedClock(NOW + 100))

    assert isinstance(events[-1], RunFinished)
    state = fold(events)
    assert (state.nodes["a"].handle, state.nodes["last"].status) == ("__timeout__", "skipped")
    assert state.nodes["a"].outputs["timed_out"] is True


async def test_a_signal_reaches_a_run_that_is_still_running() -> None:
    plan = compile(load(document(
        node("start"), node("a", "wait", {"mode": "event", "event": "go"}), llm("m", "hi"), node("end"),
        edges=["start>a>end", "start>m>end"],
    )))  # fmt: skip
    ports, journal = given(models=ScriptedModels("a b c", delay_s=0.02))
    control = Control()
    drive_task = asyncio.create_task(
        drive(plan, run_id="r", inputs=RunInputs(), ports=ports, control=control)
    )  # fmt: skip
    await until(lambda: any(isinstance(event, NodeWaiting) for event in journal.events))

    control.deliver(Signal(key="r:a:1", type="event", data={"n": 1}))
    last = await drive_task

    assert isinstance(last, RunFinished)
    lines = trace(journal.events)
    assert lines.index("node_finished a") < lines.index("node_finished m")
    assert "run_paused" not in lines


async def test_a_wait_that_expires_meanwhile_is_resumed_by_the_run_itself() -> None:
    plan = compile(load(document(
        node("start"), node("a", "wait", {"mode": "event", "event": "go", "timeout_s": 0.05}), llm("m", "hi"),
        node("end"),
        edges=["start>a:source>end", "a:__timeout__>end", "start>m>end"],
    )))  # fmt: skip
    journal = MemoryJournal()
    ports = Ports(journal=journal, models=ScriptedModels("a b c d e f", delay_s=0.05))

    last = await drive(plan, run_id="r", inputs=RunInputs(), ports=ports)

    assert isinstance(last, RunFinished)
    lines = trace(journal.events)
    assert lines.index("node_finished a") < lines.index("node_finished m")


async def test_short_waits_are_slept_through() -> None:
    plan = compile(load(document(
        node("start"), node("a", "wait", {"mode": "duration", "seconds": 1.5}),
        node("b", "wait", {"mode": "until", "until": "2026-01-01T00:00:01Z"}),
        node("c", "wait", {"mode": "until", "until": "1767225600"}), node("end"), edges=["start>a>b>c>end"],
    )))  # fmt: skip
    clock = FixedClock(NOW)

    events = await go(plan, [], clock=clock)

    assert isinstance(events[-1], RunFinished)
    assert clock.slept == [1.5, 1.0]


@pytest.mark.parametrize("moment", ["", "soon", "9" * 500, "-5", "2026-13-01", "99999-01-01"])
async def test_a_moment_that_is_none_fails_the_node(moment: str) -> None:
    plan = compile(load(document(
        node("start", config={"variables": [{"name": "at"}]}),
        node("a", "wait", {"mode": "until", "until": "{{#start.at#}}"}), node("end"), edges=["start>a>end"],
    )))  # fmt: skip
    ports, journal = given()
    await drive(plan, run_id="r", inputs=RunInputs(inputs={"at": moment}), ports=ports)

    error = fold(journal.events).error
    assert error is not None
    assert (error.code, error.field) == ("moment_invalid", "until")


async def test_an_answer_that_nobody_checked_fails_the_node() -> None:
    plan = approval()
    paused = await go(plan, [])

    events = await go(plan, paused, submission(key_of(paused), {"why": ""}, "yes"))

    error = fold(events).error
    assert error is not None
    assert (error.code, error.node_id, error.message) == ("submission_invalid", "ask", "why: This is required.")


async def test_defaults_and_options_come_from_the_graph() -> None:
    field = {"name": "why", "type": "select", "default_from": ["start", "amount"], "options_from": ["sys", "files"]}
    paused = await go(approval(fields=[field]), [])

    [wait] = open_waits(fold(paused))
    assert (wait["fields"][0]["default"], wait["fields"][0]["options"]) == (5, [])


async def test_the_run_goes_on_from_every_moment_of_waiting() -> None:
    plan = approval()
    paused = await go(plan, [])
    answer = submission(key_of(paused), {"why": "x"}, "yes")
    whole = await go(plan, paused, answer)

    for cut in range(1, len(whole) + 1):
        prefix = whole[:cut]
        heard = any(isinstance(event, NodeResumed) for event in prefix)
        events = await go(plan, prefix)
        if not heard:
            assert isinstance(events[-1], RunPaused)
            events = await go(plan, events, answer)
        assert fold(events).outputs == {"text": "paid because x"}
        assert len([e for e in events if isinstance(e, NodeFinished) and e.node_id == "ask"]) == 1


async def test_a_called_workflow_waits_in_its_callers_log() -> None:
    called = document(
        node("start", config={"variables": [{"name": "x"}]}), node("hold", "wait", {"mode": "event", "event": "go"}),
        node("end", config={"outputs": [{"name": "n", "selector": ["hold", "data", "n"]}]}), edges=["start>hold>end"],
    )  # fmt: skip
    graph = document(
        node("start"), node("call", "workflow", {"app": "inner"}),
        node("end", config={"outputs": [{"name": "n", "selector": ["call", "n"]}]}), edges=["start>call>end"],
    )  # fmt: skip
    plan = compile(load(graph), lambda app, version: load(called))

    paused = await go(plan, [])
    [wait] = open_waits(fold(paused))
    assert (wait["node_id"], wait["frame"], wait["key"]) == ("hold", "call:0", "r:call:0:hold:1")
    events = await go(plan, paused, Signal(key=wait["key"], type="event", data={"n": 7}))

    assert fold(events).outputs == {"n": 7}


async def test_a_batch_waits_once_for_each_element() -> None:
    hold = {"mode": "event", "event": "{{#hold.item#}} came"}
    graph = document(
        node("start", config={"variables": [{"name": "rows", "type": "json", "default": ["a", "b"]}]}),
        node("hold", "wait", hold, {"batch": {"items": ["start", "rows"], "parallel": 2}}),
        node("end", config={"outputs": [{"name": "all", "selector": ["hold", "data"]}]}), edges=["start>hold>end"],
    )  # fmt: skip
    plan = compile(load(graph))

    events = await go(plan, [])
    waits = open_waits(fold(events))
    assert [(wait["frame"], wait["event"]) for wait in waits] == [("hold:0", "a came"), ("hold:1", "b came")]
    for wait in reversed(waits):
        events = await go(plan, events, Signal(key=wait["key"], type="event", data={"of": wait["frame"]}))

    assert fold(events).outputs == {"all": [{"of": "hold:0"}, {"of": "hold:1"}]}


async def test_a_container_that_is_tried_again_asks_anew() -> None:
    hold = {**node("hold", "wait", {"mode": "event", "event": "go"}), "parent": "each"}
    fail = {**llm("m", "x"), "parent": "each"}
    graph = document(
        node("start", config={"variables": [{"name": "rows", "type": "json", "default": ["a"]}]}),
        node("each", "iteration", {"items": ["start", "rows"], "output": ["m", "text"]}, {"retry": {"max": 1}}),
        hold, fail, node("end", config={"outputs": [{"name": "o", "selector": ["each", "output"]}]}),
        edges=["start>each>end", "each:body>hold>m"],
    )  # fmt: skip
    plan = compile(load(graph))
    journal = MemoryJournal()
    models = ScriptedModels(ModelError("model_auth", "No."), "fine")
    log: list[Event] = []
    keys = []
    for _ in range(3):
        ports = Ports(journal=journal, models=models, clock=FixedClock(NOW))
        signals = [Signal(key=wait["key"], type="event") for wait in open_waits(fold(log))]
        keys += [signal.key for signal in signals]
        stale = [Signal(key=key, type="event", data={"stale": True}) for key in keys[:1]]
        await drive(plan, run_id="r", inputs=RunInputs(), ports=ports, history=log, signals=[*signals, *stale])
        log = list(journal.events)

    assert fold(log).outputs == {"o": ["fine"]}
    assert len(set(keys)) == 2
    assert fold(log).frames["each:0"].nodes["hold"].outputs["data"] == {}


DEEP: Any = json.loads("[" * 600 + "]" * 600)


async def test_a_signal_nested_too_deeply_is_passed_over() -> None:
    wait = node("w", "wait", {"mode": "event", "event": "x"})
    plan = compile(load(document(START, wait, node("end", config={"outputs": []}), edges=["start>w>end"])))
    asked = await go(plan, [])
    key = key_of(asked, "w")

    still = await go(plan, asked, Signal(key=key, type="event", data={"a": DEEP}))
    done = await go(plan, still, Signal(key=key, type="event", data={"a": 1}))

    assert [event for event in still if isinstance(event, NodeResumed)] == []
    assert isinstance(still[-1], RunPaused)
    assert isinstance(done[-1], RunFinished)
    assert fold(done).nodes["w"].outputs is not None
    assert fold(done).nodes["w"].outputs["data"] == {"a": 1}


async def test_inputs_nested_too_deeply_are_refused_before_anything_is_written() -> None:
    ports, journal = given()

    with pytest.raises(TooDeepError) as raised:
        await drive(approval(), run_id="r", inputs=RunInputs(inputs={"amount": DEEP}), ports=ports)

    assert raised.value.code == "too_deep"
    assert journal.events == []
