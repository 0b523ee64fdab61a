"""What holds for runs that wait and for nodes that do steps, wherever they are cut off."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workflows.probes import Worker
from workflows import Plan, Ports, RunInputs, compile, load
from workflows.drive import drive
from workflows.events import (
    Event,
    NodeFinished,
    NodeIntent,
    NodeResumed,
    NodeStep,
    RunFailed,
    RunPaused,
    decode,
    encode,
)
from workflows.forms import submission
from workflows.ports import Signal
from workflows.registry import temporary
from workflows.state import RunState, fold
from workflows.testing import FixedClock, MemoryBlobs, MemoryJournal, document, node
from workflows.waits import open_waits

COMMON = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOW = 1_767_225_600.0
FORM = {"form": "?", "fields": [{"name": "why"}], "actions": [{"id": "yes"}, {"id": "no"}],
        "timeout": {"amount": 1, "unit": "hour"}}  # fmt: skip


@st.composite
def waiting_graphs(draw: st.DrawFn) -> dict[str, Any]:
    """Forms, events, long waits and workers in a few layers, some of them in an iteration; all meet at the end."""
    nodes, edges, last = [node("start")], [], ["start"]
    outs: list[tuple[str, str]] = []
    for layer in range(draw(st.integers(1, 3))):
        here = []
        for i in range(draw(st.integers(1, 2))):
            name = f"n{layer}{i}"
            kind = draw(st.sampled_from(["form", "event", "time", "worker", "each"]))
            nodes += _nodes(name, kind, draw)
            edges += [f"{source}>{name}" for source in last]
            if kind == "each":
                edges.append(f"{name}:body>{name}in")
                outs.append((name, "output"))
            elif kind == "worker":
                outs.append((name, "done"))
            elif kind == "form":
                outs.append((name, "why"))
            else:
                outs.append((name, "timed_out"))
            here += [f"{name}:yes", f"{name}:no", f"{name}:__timeout__"] if kind == "form" else [name]
        last = here
    edges += [f"{source}>end" for source in last]
    rows = [{"name": name, "selector": [name, output]} for name, output in outs]
    return document(*nodes, node("end", config={"outputs": rows}), edges=edges)


def _nodes(name: str, kind: str, draw: st.DrawFn) -> list[dict[str, Any]]:
    match kind:
        case "form":
            return [node(name, "human-input", FORM)]
        case "event":
            return [node(name, "wait", {"mode": "event", "event": name})]
        case "time":
            return [node(name, "wait", {"mode": "duration", "seconds": 3600})]
        case "worker":
            names = [f"{name}.{i}" for i in range(draw(st.integers(1, 3)))]
            effect = draw(st.sampled_from(["once", "idempotent"]))
            return [node(name, "worker", {"steps": names, "effect": effect, "parallel": draw(st.booleans())})]
        case _:
            inside = node(f"{name}in", "human-input", FORM)
            config = {"items": ["sys", "files"], "output": [f"{name}in", "why"], "parallel": draw(st.integers(1, 2))}
            return [node(name, "iteration", config), {**inside, "parent": name}]


def answer(wait: dict[str, Any]) -> Signal:
    """Always the same answer to the same wait."""
    if wait["type"] == "form":
        return submission(wait["key"], {"why": wait["key"]}, "yes" if len(wait["key"]) % 2 else "no")
    return Signal(key=wait["key"], type="time" if wait["type"] == "time" else "event")


class World:
    """Drives one run over and over from its stored log, as hosts do."""

    def __init__(self, graph: dict[str, Any]) -> None:
        self.plan: Plan = compile(load(graph))
        self.blobs = MemoryBlobs()

    async def drive(self, history: list[Event], signals: list[Signal]) -> list[Event]:
        journal = MemoryJournal()
        ports = Ports(journal=journal, clock=FixedClock(NOW), blobs=self.blobs)
        log = [decode(encode(event)) for event in history]
        files = [{"type": "document", "transfer_method": "local_file", "filename": name} for name in "ab"]
        inputs = None if log else RunInputs(files=files)
        await drive(self.plan, run_id="r", inputs=inputs, ports=ports, history=log, signals=signals)
        return [*log, *journal.events]

    async def to_the_end(self, history: list[Event]) -> list[Event]:
        events = await self.drive(history, [])
        while isinstance(events[-1], RunPaused):
            reasons = events[-1].reasons
            assert sorted(reasons, key=_key) == sorted(open_waits(fold(events)), key=_key)
            signals = [answer(reasons[0]), answer(reasons[0]), Signal(key="nobody", type="event")]
            events = await self.drive(events, signals)
        return events


def _key(wait: dict[str, Any]) -> str:
    return str(wait["key"])


def shown(state: RunState) -> dict[str, Any]:
    """What must not depend on where a run was cut off."""

    def of(nodes: Any) -> dict[str, Any]:
        return {
            name: (found.status, found.handle, found.outputs, sorted((step.index, step.output) for step in found.steps))
            for name, found in nodes.items()
        }

    frames = {path: (frame.status, frame.output, of(frame.nodes)) for path, frame in state.frames.items()}
    return {"status": state.status, "outputs": state.outputs, "nodes": of(state.nodes), "frames": frames}


@COMMON
@given(waiting_graphs(), st.data())
def test_a_waiting_run_goes_on_from_any_prefix_to_the_same_end(graph: dict[str, Any], data: st.DataObject) -> None:
    worker = Worker()

    async def go() -> None:
        world = World(graph)
        whole = await world.to_the_end([])
        done = list(worker.calls)
        assert fold(whole).status == "finished"
        assert len(set(done)) == len(done)

        cut = data.draw(st.integers(1, len(whole)), label="cut")
        prefix = whole[:cut]
        begun = _open_effects(prefix)
        worker.calls.clear()
        events = await world.to_the_end(prefix)

        again = {key for _, key in worker.calls}
        recorded = _done_effects(prefix)
        assert not again & (begun | recorded)
        if begun:
            assert isinstance(events[-1], RunFailed)
            assert events[-1].error.code == "outcome_unknown"
        else:
            assert shown(fold(events)) == shown(fold(whole))
        keys = [event.signal["key"] for event in events if isinstance(event, NodeResumed)]
        assert len(set(keys)) == len(keys)
        finished = [(event.frame, event.node_id) for event in events if isinstance(event, NodeFinished)]
        assert len(set(finished)) == len(finished)

    with temporary(worker):
        asyncio.run(go())


def _done_effects(events: list[Event]) -> set[str]:
    """Keys of steps whose outcome the log has."""
    return {f"r:{e.node_id}:{e.attempt}:{e.index}" for e in events if isinstance(e, NodeStep)}


def _open_effects(events: list[Event]) -> set[str]:
    """Keys of steps that must not happen twice, and of which the log has the intent only."""
    intents = {event.key for event in events if isinstance(event, NodeIntent)}
    return intents - _done_effects(events)


@COMMON
@given(waiting_graphs(), st.randoms(use_true_random=False))
def test_answers_in_any_order_and_number_give_the_same_end(graph: dict[str, Any], random: Any) -> None:
    async def go() -> None:
        world = World(graph)
        expected = shown(fold(await world.to_the_end([])))

        events = await world.drive([], [])
        while isinstance(events[-1], RunPaused):
            reasons = list(events[-1].reasons)
            random.shuffle(reasons)
            picked = reasons[: random.randint(1, len(reasons))]
            events = await world.drive(events, [answer(reason) for reason in [*picked, *picked[:1]]])

        assert shown(fold(events)) == expected

    with temporary(Worker()):
        asyncio.run(go())
