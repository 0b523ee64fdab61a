"""Runs with large values: kept once, never copied in the pool, and there again after a crash."""

from __future__ import annotations

from typing import Any

from tests.workflows.builders import document, node
from workflows import Ports, RunInputs, compile, load
from workflows.blobs import BlobReader, is_reference
from workflows.drive import drive
from workflows.events import Event, NodeFinished, RunFailed, RunFinished, decode, encode
from workflows.state import fold
from workflows.testing import FakeCode, MemoryBlobs, MemoryJournal

ROWS = [{"n": i, "text": "x" * 400} for i in range(900)]
SEEN: list[Any] = []


def see(request: Any) -> dict[str, Any]:
    SEEN.append(request.inputs.get("rows"))
    return {"rows": ROWS if request.node_id == "make" else request.inputs["rows"]}


def code(node_id: str, source: str | None = None) -> dict[str, Any]:
    inputs = [{"name": "rows", "selector": [source, "rows"]}] if source else []
    outputs = {"rows": {"type": "array[object]"}}
    return node(node_id, "code", {"code": "def main(): pass", "inputs": inputs, "outputs": outputs})


GRAPH = document(
    node("start"), code("make"), code("a", "make"), code("b", "a"),
    node("end", config={"outputs": [{"name": "rows", "selector": ["b", "rows"]},
                                    {"name": "n", "selector": ["sys", "user_id"]}]}),
    edges=["start>make>a>b>end"],
)  # fmt: skip


async def go(history: list[Event], blobs: MemoryBlobs | None) -> list[Event]:
    journal = MemoryJournal()
    ports = Ports(journal=journal, code=FakeCode(see), blobs=blobs)
    inputs = RunInputs(user_id="ada") if not history else None
    await drive(compile(load(GRAPH)), run_id="r", inputs=inputs, ports=ports, history=history)
    return [*history, *journal.events]


async def test_a_value_passed_on_is_in_the_store_once_and_in_the_log_never() -> None:
    blobs = MemoryBlobs()

    events = await go([], blobs)

    assert len(blobs.kept) == 1
    assert max(len(encode(event)) for event in events) < 3000
    state = fold(events)
    places = [state.nodes["make"].outputs["rows"], state.nodes["b"].outputs["rows"], state.outputs["rows"]]
    assert [place["$blob"] for place in places] == list(blobs.kept) * 3
    assert state.outputs["n"] == "ada"
    assert await BlobReader(blobs).restore(state.outputs) == {"rows": ROWS, "n": "ada"}
    plain = await go([], None)
    assert fold(plain).outputs == {"rows": ROWS, "n": "ada"}


async def test_every_prefix_goes_on_with_the_whole_value() -> None:
    blobs = MemoryBlobs()
    whole = await go([], blobs)

    for cut in range(1, len(whole)):
        SEEN.clear()
        events = await go([decode(encode(event)) for event in whole[:cut]], blobs)
        assert all(rows is None or rows == ROWS for rows in SEEN)
        assert fold(events).outputs == fold(whole).outputs
    assert len(blobs.kept) == 1


async def test_a_run_whose_value_is_gone_fails_for_good() -> None:
    whole = await go([], MemoryBlobs())
    cut = next(i for i, event in enumerate(whole) if isinstance(event, NodeFinished) and event.node_id == "a")

    lost = await go(whole[: cut + 1], MemoryBlobs())
    portless = await go(whole[: cut + 1], None)

    assert is_reference(fold(lost).nodes["a"].outputs["rows"])
    errors = [events[-1].error.code for events in (lost, portless) if isinstance(events[-1], RunFailed)]
    assert errors == ["blob_missing", "port_missing"]
    assert isinstance(whole[-1], RunFinished)
    assert await go(whole, None) == whole
