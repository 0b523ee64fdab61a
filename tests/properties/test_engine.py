"""What holds for every graph and every point at which a run may be cut off."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.graphs import CALLED, ITEMS, Echo, graphs, ports
from workflows import Plan, RunInputs, check, compile, load
from workflows.drive import drive
from workflows.events import (
    AnswerDelta,
    AnswerReset,
    Event,
    FrameStarted,
    NodeEvent,
    NodeFailed,
    NodeFinished,
    NodeIntent,
    NodeSkipped,
    NodeStarted,
    RunFailed,
    RunFinished,
    RunPaused,
    decode,
    encode,
    frame_path,
)
from workflows.ports import Signal
from workflows.progress import Progress
from workflows.state import RunState, fold
from workflows.testing import answer_of

COMMON = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
QUERIES = st.sampled_from(["yes", "no"])


def library(app: str, version: int | None) -> Any:
    return load(CALLED)


def perform(
    definition: dict[str, Any], query: str, history: list[Event], http: Echo | None = None, *, failures: bool = False
) -> list[Event]:
    """The whole log of a run that begins, or goes on from `history`; what it waits for comes whenever it pauses."""

    async def go() -> list[Event]:
        plan = compile(load(definition), library)
        log, signals = list(history), signals_for(history)
        while True:
            given_ports, journal = ports(http, failures=failures)
            inputs = RunInputs(query=query, inputs={"items": ITEMS})
            await drive(plan, run_id="r", inputs=inputs, ports=given_ports, history=log, signals=signals)
            log += journal.events
            signals = signals_for(log)
            if not signals:
                return log

    return asyncio.run(go())


def signals_for(log: list[Event]) -> list[Signal]:
    last = log[-1] if log else None
    if not isinstance(last, RunPaused):
        return []
    return [Signal(key=reason["key"], type="event", data={"for": reason["event"]}) for reason in last.reasons]


def check_log(plan: Plan, log: list[Event], *, recovered: bool = False) -> None:
    """Every node is decided at most once in each frame of its lineage, and begun once an attempt."""
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    begun: Counter[tuple[Any, ...]] = Counter()
    decided: Counter[tuple[Any, ...]] = Counter()
    intents = Counter(event.key for event in log if isinstance(event, NodeIntent))
    progress = Progress(plan)
    for event in log:
        if isinstance(event, NodeEvent) and isinstance(event, (NodeStarted, NodeFinished, NodeFailed, NodeSkipped)):
            lineage = (progress.frames[event.frame].lineage, event.node_id)
            if isinstance(event, NodeStarted):
                begun[*lineage, event.attempt] += 1
            else:
                decided[lineage] += 1
        progress.observe(event)
    assert not [place for place, count in decided.items() if count > 1]
    assert not [key for key, count in intents.items() if count > 1]
    if not recovered:
        assert not [place for place, count in begun.items() if count > 1]
    if isinstance(log[-1], RunFinished):
        left = (progress.ready, progress.to_skip, progress.running, progress.retrying, progress.waiting, progress.open)
        assert not any(left)
        assert list(progress.frames) == [""]


def check_order(plan: Plan, log: list[Event]) -> None:
    """Answers stand in the run's behind those that must come first, those of frames by the frames' numbers."""
    begins = beginnings(log)
    progress = Progress(plan)
    spoken: list[tuple[int, list[tuple[Any, int, int]]]] = []
    for event in log:
        if isinstance(event, NodeFinished) and set(event.outputs) == {"answer", "files"}:
            frame, index = progress.cell(event)
            steps = [(frame.region, index, 0)]
            while frame.around is not None:
                steps.insert(0, (frame.around.region, frame.node, frame.index))
                frame = frame.around
            spoken.append((begins[event.node_id, event.frame], steps))
        progress.observe(event)
    for at, one in spoken:
        for other_at, other in spoken:
            (region, node, number), (_, other_node, other_number) = next(
                (pair for pair in zip(one, other, strict=False) if pair[0][1:] != pair[1][1:]), (one[-1], one[-1])
            )
            first = number < other_number if node == other_node else not reached(region, other_node, without=node)
            assert not first or at < other_at, (one, other)


def beginnings(log: list[Event]) -> dict[tuple[str, str], int]:
    """Where in the run's answer each answer node's text begins, by node and frame; each text stands in one piece."""
    found: dict[tuple[str, str], int] = {}
    length, speaker = 0, ("", "")
    for event in log:
        assert not isinstance(event, AnswerReset)
        if isinstance(event, AnswerDelta):
            if (event.node_id, event.frame) != speaker:
                speaker = event.node_id, event.frame
                assert speaker not in found
                found[speaker] = length
            length += len(event.text)
    return found


def reached(region: Any, node: int, *, without: int) -> bool:
    """Whether there is a way to a node that does not lead through another."""
    found = set(region.entry) - {without}
    pending = list(found)
    while pending:
        fresh = {target for _, target in region.edges_out[pending.pop()]} - found - {without}
        found |= fresh
        pending += fresh
    return node in found


def unstable(state: RunState) -> bool:
    """A frame that failed may have been left by its other nodes at any moment."""
    return any(frame.status != "finished" for frame in state.frames.values())


def essence(state: RunState) -> dict[str, Any]:
    """What must be the same however often a run was cut off."""

    def of(nodes: Any) -> dict[str, Any]:
        return {name: (node.status, node.outputs, node.handle) for name, node in sorted(nodes.items())}

    frames = {
        path: (frame.status, frame.output, of(frame.nodes) if frame.status == "finished" else None)
        for path, frame in sorted(state.frames.items())
        if all(around not in failed(state) for around in parents(path))
    }
    return {"status": state.status, "outputs": state.outputs, "nodes": of(state.nodes), "frames": frames}


def failed(state: RunState) -> set[str]:
    return {path for path, frame in state.frames.items() if frame.status != "finished"}


def parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:i]) for i in range(1, len(parts))]


@COMMON
@given(graphs(mode="workflow", waits=True), QUERIES)
def test_every_node_is_decided_exactly_once(definition: dict[str, Any], query: str) -> None:
    assert not [fault for fault in check(load(definition), library) if fault.severity == "error"]

    log = perform(definition, query, [])

    assert isinstance(log[-1], RunFinished)
    check_log(compile(load(definition), library), log)
    top = {node["id"] for node in definition["nodes"] if not node.get("parent")}
    decided = {event.node_id for event in log if isinstance(event, (NodeFinished, NodeSkipped)) and not event.frame}
    assert decided == top
    opened = [frame_path(event.frame, event.node_id, event.index) for event in log if isinstance(event, FrameStarted)]
    assert sorted(opened) == sorted(fold(log).frames)


@COMMON
@given(graphs(mode="chat", waits=True), QUERIES)
def test_deltas_make_the_answer(definition: dict[str, Any], query: str) -> None:
    log = perform(definition, query, [])

    last = log[-1]
    assert isinstance(last, RunFinished)
    assert answer_of(log) == last.answer == fold(log).answer
    said = [
        event.outputs["answer"]
        for event in log
        if isinstance(event, NodeFinished) and set(event.outputs) == {"answer", "files"}
    ]
    assert len(last.answer) == sum(len(text) for text in said)
    assert all(text in last.answer for text in said)
    check_order(compile(load(definition), library), log)


@COMMON
@given(graphs(mode="chat", waits=True), QUERIES, st.data())
def test_any_prefix_of_a_log_recovers_to_the_same_end(
    definition: dict[str, Any], query: str, data: st.DataObject
) -> None:
    recovers(definition, query, data, failures=False)


@COMMON
@given(graphs(mode="workflow", waits=True, failures=True), QUERIES, st.data())
def test_any_prefix_recovers_among_failures(definition: dict[str, Any], query: str, data: st.DataObject) -> None:
    recovers(definition, query, data, failures=True)


def recovers(definition: dict[str, Any], query: str, data: st.DataObject, *, failures: bool) -> None:
    http = Echo()
    whole = perform(definition, query, [], http, failures=failures)
    cut = data.draw(st.integers(1, len(whole)), label="cut")
    history = [decode(encode(event)) for event in whole[:cut]]
    doubtful = in_doubt(history)

    again = Echo()
    recovered = perform(definition, query, history, again, failures=failures)

    plan = compile(load(definition), library)
    check_log(plan, whole)
    check_log(plan, recovered, recovered=True)
    done = Counter(http.urls[: effects(history)] + again.urls)
    assert not [url for url, count in done.items() if count > 1]
    state, expected = fold(recovered), fold(whole)
    assert answer_of(recovered) == state.answer
    if doubtful:
        assert isinstance(recovered[-1], (RunFinished, RunFailed))
        assert "outcome_unknown" in {event.error.code for event in recovered if isinstance(event, NodeFailed)}
    elif expected.status == "failed":
        assert state.status == "failed"
    else:
        assert essence(state) == essence(expected)
        if not unstable(expected):
            # Branches beside each other may speak in another order; what follows from the graph stands.
            assert sorted(state.answer) == sorted(expected.answer)
            check_order(plan, recovered)


def effects(history: list[Event]) -> int:
    """How many effects were tried by then."""
    return sum(isinstance(event, NodeIntent) for event in history)


def in_doubt(history: list[Event]) -> set[tuple[str, str]]:
    open_intents: set[tuple[str, str]] = set()
    for event in history:
        if isinstance(event, NodeIntent):
            open_intents.add((event.frame, event.node_id))
        elif isinstance(event, (NodeFinished, NodeFailed)):
            open_intents.discard((event.frame, event.node_id))
    return open_intents


@COMMON
@given(graphs(mode="chat", waits=True), QUERIES)
def test_folding_is_the_same_after_storing(definition: dict[str, Any], query: str) -> None:
    log = perform(definition, query, [])

    assert fold([decode(encode(event)) for event in log]).to_dict() == fold(log).to_dict()
