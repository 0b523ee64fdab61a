"""Triggers: runs that begin at a schedule or at a webhook."""

from __future__ import annotations

from tests.workflows.builders import document, node, template
from tests.workflows.containers import end, outputs
from workflows import Ports, RunInputs, check
from workflows.errors import Fault
from workflows.events import NodeFinished, RunFailed
from workflows.testing import FixedClock, run_to_events, trace

TICK = document(
    node("tick", "trigger-schedule", {"cron": "0 9 * * *", "timezone": "UTC"}),
    node("end", config={"outputs": [{"name": "at", "selector": ["tick", "scheduled_at"]}]}),
    edges=["tick>end"],
)  # fmt: skip


async def test_a_run_begins_at_its_schedule() -> None:
    ports = Ports(clock=FixedClock(start=1_767_258_007.0))
    events = await run_to_events(TICK, RunInputs(inputs={"scheduled_at": "2026-01-01T09:00:00Z"}), ports)
    by_hand = await run_to_events(TICK, RunInputs(), ports)

    outputs = [event.outputs for event in (*events, *by_hand) if isinstance(event, NodeFinished)]
    assert outputs == [
        {"timestamp": 1_767_258_007, "scheduled_at": "2026-01-01T09:00:00Z"}, {"at": "2026-01-01T09:00:00Z"},
        {"timestamp": 1_767_258_007, "scheduled_at": "2026-01-01T09:00:07Z"}, {"at": "2026-01-01T09:00:07Z"},
    ]  # fmt: skip


def test_a_wrong_schedule_is_a_fault_of_its_node() -> None:
    wrong = document(node("tick", "trigger-schedule", {"cron": "x", "timezone": "y"}), node("end"), edges=["tick>end"])

    errors = [fault for fault in check(wrong) if fault.severity == "error"]
    assert [(fault.code, fault.node_id, fault.field) for fault in errors] == [
        ("cron_invalid", "tick", "cron"), ("timezone_unknown", "tick", "timezone"),
    ]  # fmt: skip


HOOK = document(
    node("hook", "trigger-webhook", {"body": [{"name": "n", "type": "number", "required": True}]}),
    node("end", config={"outputs": [{"name": "n", "selector": ["hook", "n"]}]}), edges=["hook>end"],
)  # fmt: skip


async def test_a_run_begins_at_its_webhook() -> None:
    raw = {"method": "POST"}
    events = await run_to_events(HOOK, RunInputs(inputs={"n": "4", "_webhook_raw": raw}))
    refused = await run_to_events(HOOK, RunInputs(inputs={"n": "four"}))

    outputs = [event.outputs for event in events if isinstance(event, NodeFinished)]
    assert outputs == [{"n": 4, "_webhook_raw": raw}, {"n": 4}]
    last = refused[-1]
    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.field) == ("input_invalid", "inputs.n")


def test_two_values_of_one_name_are_a_fault() -> None:
    hook = node("hook", "trigger-webhook", {"headers": [{"name": "a-b"}], "body": [{"name": "a_b"}]})

    faults = check(document(hook, node("end"), edges=["hook>end"]))

    expected = Fault("name_duplicate", "Two values of the request would be called 'a_b'.", "hook", "body")
    assert [fault for fault in faults if fault.severity == "error"] == [expected]


async def test_another_root_may_begin_the_run() -> None:
    graph = document(
        node("start"), node("timer", "trigger-schedule", {"cron": "0 9 * * *"}),
        template("t", "by hand"), template("u", "on time"),
        node("join", "variable-aggregator", {"selectors": [["t", "output"], ["u", "output"]]}),
        end(out="join.output"), edges=["start>t>join", "timer>u>join", "join>end"],
    )  # fmt: skip

    by_timer = await run_to_events(graph, RunInputs(root="timer"))

    assert outputs(by_timer) == {"out": "on time"}
    assert trace(by_timer)[1:3] == ["node_skipped start", "node_skipped t"]
    assert outputs(await run_to_events(graph, {})) == {"out": "by hand"}
