"""What holds for every recorded run that is run again."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.graphs import CALLED, ITEMS, graphs, ports
from workflows import Ports, RunInputs, compile, load
from workflows.drive import drive
from workflows.events import Event, RunPaused, decode, encode
from workflows.ports import Signal
from workflows.replay import Replay
from workflows.state import NodeState, fold
from workflows.testing import FixedClock, MemoryJournal, answer_of

COMMON = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def quick_ports(*, failures: bool) -> tuple[Ports, MemoryJournal]:
    given_ports, journal = ports(failures=failures)
    return dataclasses.replace(given_ports, clock=FixedClock()), journal


async def perform(definition: dict[str, Any], items: list[str], *, failures: bool = False) -> list[Event]:
    """A whole run, as it is stored; what it waits for comes whenever it pauses."""
    plan = compile(load(definition), lambda app, version: load(CALLED))
    log: list[Event] = []
    signals: list[Signal] = []
    while not log or signals:
        given_ports, journal = quick_ports(failures=failures)
        inputs = RunInputs(query="yes", inputs={"items": items})
        await drive(plan, run_id="r", inputs=inputs, ports=given_ports, history=log, signals=signals)
        log += [decode(encode(event)) for event in journal.events]
        reasons = log[-1].reasons if isinstance(log[-1], RunPaused) else []
        signals = [Signal(key=reason["key"], type="event", data={"for": reason["event"]}) for reason in reasons]
    return log


async def replayed(
    definition: dict[str, Any], log: list[Event], given: Ports, **how: Any
) -> tuple[Replay, list[Event]]:
    plan = compile(load(definition), lambda app, version: load(CALLED))
    replay = Replay(plan, log, **how)
    return replay, [event async for event in replay.run(given)]


def shown(events: list[Event]) -> dict[str, Any]:
    """A run without its times."""

    def of(nodes: dict[str, NodeState]) -> dict[str, Any]:
        return {
            name: (found.status, found.attempt, found.outputs, found.handle, found.error, found.usage)
            for name, found in nodes.items()
        }

    state = fold(events)
    frames = {path: (frame.status, frame.output, of(frame.nodes)) for path, frame in state.frames.items()}
    return {"status": state.status, "outputs": state.outputs, "error": state.error, "usage": state.usage,
            "answer": answer_of(events), "nodes": of(state.nodes), "frames": frames}  # fmt: skip


@COMMON
@given(st.sampled_from(["chat", "workflow"]).flatmap(lambda mode: graphs(mode=mode, failures=True, waits=True)))
def test_an_unchanged_run_needs_no_ports_and_ends_alike(definition: dict[str, Any]) -> None:
    async def go() -> None:
        log = await perform(definition, ITEMS, failures=True)

        replay, events = await replayed(definition, log, Ports(clock=FixedClock()))

        assert shown(events) == shown(log)
        # What an assigner finds in a variable that parallel frames write is a matter of timing; it calls nobody.
        timing = {row["id"] for row in definition["nodes"] if row["kind"] == "assigner"}
        # What was cut off when its frame failed has left no result to give again.
        state = fold(log)
        cut_off = {
            name for frame in state.frames.values() for name, found in frame.nodes.items() if found.status == "stopped"
        }
        assert set(replay.live) <= timing | cut_off

    asyncio.run(go())


@COMMON
@given(graphs(mode="workflow", waits=True), st.lists(st.sampled_from(["a", "b!", "c", "d"]), max_size=4))
def test_a_run_with_other_inputs_ends_as_if_it_were_new(definition: dict[str, Any], items: list[str]) -> None:
    async def go() -> None:
        log = await perform(definition, ITEMS)
        fresh = await perform(definition, items)
        live, _ = quick_ports(failures=False)

        _, events = await replayed(definition, log, live, inputs={"items": items}, allow_once=True)

        if not isinstance(events[-1], RunPaused):
            # Else it waits for what nobody has said in the recording.
            assert shown(events) == shown(fresh)

    asyncio.run(go())
