"""Large values: lifted out of events once, put back as they were, and never confused with data."""

from __future__ import annotations

from typing import Any

import pytest

from workflows import events as ev
from workflows.blobs import LIMIT_BYTES, BlobReader, BlobWriter, is_reference
from workflows.errors import BlobError
from workflows.state import fold
from workflows.testing import MemoryBlobs

BIG = "ä" * LIMIT_BYTES
ROWS = [{"n": i, "text": "x" * 50} for i in range(10_000)]


def finished(outputs: dict[str, Any], **given: Any) -> ev.NodeFinished:
    return ev.NodeFinished(
        seq=1, at="", node_id="n", inputs=given.pop("inputs", {}), outputs=outputs, handle=None, elapsed_ms=0.0,
        usage=None, facts={}, **given,
    )  # fmt: skip


async def test_a_large_value_becomes_a_reference_with_a_preview() -> None:
    blobs = MemoryBlobs()
    event = finished({"small": "x", "big": BIG, "rows": ROWS})

    [stored] = await BlobWriter(blobs).lift([event])

    assert isinstance(stored, ev.NodeFinished)
    preview = stored.outputs["rows"]["preview"]
    assert stored.outputs == {
        "small": "x",
        "big": {"$blob": blobs.puts[0], "bytes": 2 * LIMIT_BYTES + 2, "type": "string", "preview": "ä" * 500},
        "rows": {"$blob": blobs.puts[1], "bytes": 708_891, "type": "array", "preview": preview},
    }
    assert preview.startswith('[{"n":0,"text":"xxx')
    assert event.outputs["big"] is BIG
    started = ev.NodeStarted(seq=1, at="", node_id="n", kind="k", attempt=1)
    assert fold([started, stored]).nodes["n"].outputs["big"]["type"] == "string"


async def test_a_value_is_stored_once_however_often_it_is_passed_on() -> None:
    blobs = MemoryBlobs()
    writer = BlobWriter(blobs)
    write = ev.Write(["conversation", "rows"], "set", ROWS)

    first = await writer.lift([finished({"rows": ROWS}), finished({"same": ROWS}, inputs={"rows": ROWS})])
    second = await writer.lift([finished({}, writes=[write])])

    assert len(blobs.puts) == 1
    whole = await BlobReader(blobs).hydrate([*first, *second])
    one, two, three = (event for event in whole if isinstance(event, ev.NodeFinished))
    assert one.outputs["rows"] == ROWS
    assert one.outputs["rows"] is two.outputs["same"] is three.writes[0].value
    assert is_reference(two.inputs["rows"])


async def test_small_events_stay_the_same_objects() -> None:
    events = [finished({"a": "x" * 40_000, "b": [1], "c": {"d": None}, "e": 1.5}), finished({})]

    assert await BlobWriter(MemoryBlobs()).lift(events) is events
    hydrated = await BlobReader(None).hydrate(events)
    assert all(one is other for one, other in zip(hydrated, events, strict=True))


async def test_every_kind_of_value_comes_back() -> None:
    common: dict[str, Any] = {"seq": 1, "at": "", "node_id": "n"}
    events: list[ev.Event] = [
        ev.RunStarted(seq=1, at="", run_id="r", mode="chat", inputs={"f": BIG}, sys={}, conversation={"v": ROWS}),
        ev.ContainerStarted(**common, inputs={"items": ROWS}, length=3),
        ev.FrameStarted(**common, index=0, inputs={"q": BIG}),
        ev.FrameFinished(**common, index=0, output=ROWS, error=None, elapsed_ms=0.0),
        ev.NodeResumed(**common, signal={"key": "k", "type": "event", "data": {"rows": ROWS}}),
        ev.NodeStep(**common, attempt=1, index=0, name="s", kind="tool", input="i", output=BIG, error=None,
                    elapsed_ms=0.0, usage=None),
        finished({"object": {"rows": ROWS}, "quotes": '"' * LIMIT_BYTES}),
    ]  # fmt: skip
    blobs = MemoryBlobs()

    stored = await BlobWriter(blobs).lift(events)

    assert max(len(ev.encode(event)) for event in stored) < 4000
    assert await BlobReader(blobs).hydrate([ev.decode(ev.encode(event)) for event in stored]) == events


async def test_data_that_looks_like_a_reference_stays_data() -> None:
    forged = {"$blob": "0" * 64, "bytes": 1, "type": "string", "preview": ""}
    blobs = MemoryBlobs()

    [stored] = await BlobWriter(blobs).lift([finished({"v": forged})])

    assert isinstance(stored, ev.NodeFinished)
    assert stored.outputs["v"]["$blob"] == blobs.puts[0] != forged["$blob"]
    [whole] = await BlobReader(blobs).hydrate([stored])
    assert whole == finished({"v": forged})


@pytest.mark.parametrize(("blobs", "code"), [(None, "port_missing"), (MemoryBlobs(), "blob_missing")])
async def test_a_value_that_cannot_be_had_is_named(blobs: MemoryBlobs | None, code: str) -> None:
    event = finished({"v": {"$blob": "gone", "bytes": 1, "type": "string", "preview": ""}})

    with pytest.raises(BlobError) as raised:
        await BlobReader(blobs).hydrate([event])

    assert raised.value.code == code


async def test_outputs_are_restored_for_showing() -> None:
    blobs = MemoryBlobs()
    [stored] = await BlobWriter(blobs).lift([finished({"v": ROWS, "w": 1})])

    assert isinstance(stored, ev.NodeFinished)
    assert await BlobReader(blobs).restore(stored.outputs) == {"v": ROWS, "w": 1}
