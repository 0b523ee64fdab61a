"""The place of the generative model, with a loader that the test holds by the hand."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Never

import pytest

from inference.errors import Conflict, InferenceError, ModelLoadError, Unavailable
from inference.loader import LoadProgress
from inference.server.catalogue import Catalogue
from inference.server.slot import Choice, Slot
from tests.inference.inside import until

CHOICE = Choice(key="Q--big", directory=Path("/nowhere"), model_id="Q/big", quantization="none")


class Loader:
    """Reads one half of the weights, then waits until it is told to fail, or ended from its progress."""

    def __init__(self) -> None:
        self.fail = threading.Event()
        self.error: Exception = ModelLoadError("weights_missing", "Half of it is not there.")
        self.ended = threading.Event()

    def __call__(self, choice: Choice, progress: Callable[[LoadProgress], None]) -> Never:
        try:
            while not self.fail.is_set():
                progress(LoadProgress(done_bytes=30, total_bytes=40, elapsed_s=9.0))
                time.sleep(0.002)
            raise self.error
        finally:
            self.ended.set()


def slot_of(loader: Loader) -> Slot:
    return Slot(Catalogue({}, None, None), loader, drain_s=0.0, free_bytes=lambda: 0)


async def loading(slot: Slot) -> None:
    async def begun() -> bool:
        return slot.progress is not None

    slot.switch(CHOICE)
    await until(begun)


async def test_while_it_loads_everybody_is_told_how_long() -> None:
    loader = Loader()
    catalogue = Catalogue({}, None, None)
    slot = Slot(catalogue, loader, drain_s=0.0, free_bytes=lambda: 0)
    await loading(slot)
    with pytest.raises(Unavailable) as waits:
        catalogue.text_model("Q/big")
    with pytest.raises(Conflict) as busy:
        slot.switch(None)

    said = "Q/big is being loaded: 75 % is read, about 3 s to go."
    assert (waits.value.code, waits.value.message, waits.value.retry_after_s) == ("model_loading", said, 3)
    assert (busy.value.code, slot.why_not(), slot.state) == ("switch_in_progress", said, "loading")
    await slot.close()


async def test_closing_ends_a_load_under_way() -> None:
    loader = Loader()
    slot = slot_of(loader)
    await loading(slot)
    await slot.close()

    assert await asyncio.to_thread(loader.ended.wait, 60)
    assert not loader.fail.is_set()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ModelLoadError("weights_missing", "Half of it is not there."), "weights_missing"),
        (MemoryError(), "memory_short"),
        (KeyError("layer"), "load_failed"),
    ],
)
async def test_what_cannot_be_loaded_is_told_and_can_be_tried_again(error: Exception, code: str) -> None:
    loader = Loader()
    loader.error = error
    slot = slot_of(loader)
    changed: list[str] = []
    slot.on_changed = lambda: changed.append(slot.state)
    await loading(slot)
    loader.fail.set()
    await until(lambda: _is(slot, "failed"))
    told: InferenceError | None = slot.error

    assert told is not None
    assert (told.code, slot.refused, slot.current, slot.next, slot.why_not()) == (code, "Q--big", None, None, None)
    assert changed == ["failed"]
    loader.fail.clear()
    await loading(slot)
    assert slot.error is None
    await slot.close()


async def _is(slot: Slot, state: str) -> bool:
    return slot.state == state
