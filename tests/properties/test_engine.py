"""What holds for every graph and every point at which a run may be cut off."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.graphs import Echo, graphs, ports
from workflows import RunInputs, check, compile, load
from workflows.driver import drive
from workflows.events import Event, NodeFinished, NodeIntent, NodeSkipped, NodeStarted, RunFinished, decode, encode
from workflows.state import fold
from workflows.testing import answer_of

COMMON = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
QUERIES = st.sampled_from(["yes", "no"])


def perform(definition: dict[str, Any], query: str, history: list[Event], http: Echo | None = None) -> list[Event]:
    async def go() -> list[Event]:
        given_ports, journal = ports(http)
        plan = compile(load(definition))
        await drive(plan, run_id="r", inputs=RunInputs(query=query), ports=given_ports, history=history)
        return [*history, *journal.events]

    return asyncio.run(go())


@COMMON
@given(graphs(mode="workflow"), QUERIES)
def test_every_node_is_decided_exactly_once(definition: dict[str, Any], query: str) -> None:
    assert not [fault for fault in check(load(definition)) if fault.severity == "error"]

    events = perform(definition, query, [])

    assert isinstance(events[-1], RunFinished)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    decided = [event.node_id for event in events if isinstance(event, (NodeFinished, NodeSkipped))]
    assert sorted(decided) == sorted(node["id"] for node in definition["nodes"])
    started = [event.node_id for event in events if isinstance(event, NodeStarted)]
    assert len(started) == len(set(started))


@COMMON
@given(graphs(mode="chat"), QUERIES)
def test_deltas_make_the_answer(definition: dict[str, Any], query: str) -> None:
    events = perform(definition, query, [])

    last = events[-1]
    assert isinstance(last, RunFinished)
    assert answer_of(events) == last.answer == fold(events).answer
    said = [
        event.outputs["answer"]
        for event in events
        if isinstance(event, NodeFinished) and set(event.outputs) == {"answer", "files"}
    ]
    assert len(last.answer) == sum(len(text) for text in said)
    assert all(text in last.answer for text in said)


@COMMON
@given(graphs(mode="chat"), QUERIES, st.data())
def test_any_prefix_of_a_log_recovers_to_the_same_end(
    definition: dict[str, Any], query: str, data: st.DataObject
) -> None:
    http = Echo()
    whole = perform(definition, query, [], http)
    cut = data.draw(st.integers(1, len(whole)), label="cut")
    history = [decode(encode(event)) for event in whole[:cut]]
    doubtful = {event.node_id for event in history if isinstance(event, NodeIntent)}
    doubtful -= {event.node_id for event in history if isinstance(event, NodeFinished)}

    again = Echo()
    recovered = perform(definition, query, history, again)

    done_before = {event.node_id for event in history if isinstance(event, NodeFinished)} | doubtful
    assert not [url for url in again.urls if url.rsplit("/", 1)[-1] in done_before]
    state, expected = fold(recovered), fold(whole)
    if doubtful:
        assert state.status == "failed"
        assert state.error is not None
        assert state.error.code == "outcome_unknown"
    else:
        assert (state.status, state.outputs, state.answer) == ("finished", expected.outputs, expected.answer)
        assert answer_of(recovered) == expected.answer
        nodes = {name: (node.status, node.outputs) for name, node in state.nodes.items()}
        assert nodes == {name: (node.status, node.outputs) for name, node in expected.nodes.items()}


@COMMON
@given(graphs(mode="chat"), QUERIES)
def test_folding_is_the_same_after_storing(definition: dict[str, Any], query: str) -> None:
    events = perform(definition, query, [])

    assert fold([decode(encode(event)) for event in events]).to_dict() == fold(events).to_dict()
