"""Downloads of a running server: progress, pause, cancel, a restart, a hub that goes away and comes back."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from inference.errors import Conflict, InferenceError, NotFound
from inference.hub.downloads import Downloads
from inference.hub.network import HubAddress, Network
from inference.hub.plan import PARTIAL
from inference.hub.shelf import Shelf
from tests.inference.hub.fake_hub import KEY, MODEL, FakeHub, hub_of
from tests.inference.inside import until

Tiny = Callable[[str], tuple[Path, Any]]
FIRST = "model-00001-of-00007.safetensors"


@pytest.fixture
def hub(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with hub_of(tiny("qwen2")[0]) as found:
        monkeypatch.setenv("HF_ENDPOINT", found.url)
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Shelf(tmp_path / "models").folder


@asynccontextmanager
async def downloads(hub: FakeHub, folder: Path, *, allowed: bool = True) -> AsyncIterator[Downloads]:
    network = Network(HubAddress(hub.url, allowed))
    found = Downloads(folder, network, retry_s=0.05)
    found.begin()
    try:
        yield found
    finally:
        await found.close()
        await network.close()


async def reach(found: Downloads, state: str) -> dict[str, Any]:
    async def there() -> bool:
        return found.listed()[KEY]["state"] == state

    await until(there)
    return found.listed()[KEY]


async def arrived(found: Downloads, folder: Path) -> None:
    async def there() -> bool:
        return KEY not in found.listed()

    await until(there)
    copy = await asyncio.to_thread(Shelf(folder).copy, KEY)
    assert copy.problem is None


async def test_a_download_is_paused_resumed_and_arrives(hub: FakeHub, folder: Path) -> None:
    hub.held = {FIRST: 5000}
    async with downloads(hub, folder) as found:
        await found.start(MODEL)
        await until(lambda: _asked(hub, FIRST))
        with pytest.raises(Conflict) as twice:
            await found.start(MODEL)
        await reach(found, "downloading")
        found.pause(KEY)
        paused = found.listed()[KEY]
        hub.held = {}
        await found.resume(KEY)
        await arrived(found, folder)

    assert (twice.value.code, paused["state"], paused["bytes_per_s"], paused["error"]) == (
        "already_here",
        "paused",
        None,
        None,
    )
    assert hub.ranges[FIRST][0] is None


async def _asked(hub: FakeHub, name: str) -> bool:
    return name in hub.ranges


async def test_what_ran_goes_on_after_a_restart_and_what_was_paused_waits(hub: FakeHub, folder: Path) -> None:
    hub.held = {FIRST: 5000}
    async with downloads(hub, folder) as found:
        await found.start(MODEL)
        await until(lambda: _asked(hub, FIRST))
    async with downloads(hub, folder) as found:
        moving = found.listed()[KEY]["state"]
        found.pause(KEY)
    async with downloads(hub, folder) as found:
        waiting = found.listed()[KEY]
        hub.held = {}
        hub.go.set()
        await found.resume(KEY)
        await arrived(found, folder)

    assert (moving, waiting["state"], waiting["id"]) == ("queued", "paused", MODEL)
    assert waiting["total_bytes"] == sum(map(len, hub.files.values()))
    assert 0 < waiting["done_bytes"] < waiting["total_bytes"]


async def test_a_cancelled_download_leaves_nothing(hub: FakeHub, folder: Path) -> None:
    hub.held = {FIRST: 5000}
    async with downloads(hub, folder) as found:
        await found.start(MODEL)
        await until(lambda: _asked(hub, FIRST))
        await found.cancel(KEY)
        with pytest.raises(NotFound):
            found.pause(KEY)

        assert (found.listed(), found.moving, _left(folder)) == ({}, False, [])


def _left(folder: Path) -> list[Path]:
    return list((folder / PARTIAL).iterdir())


async def test_a_refusal_is_told_and_resumed_once_it_is_mended(hub: FakeHub, folder: Path) -> None:
    hub.token = "hf_right"
    async with downloads(hub, folder) as found:
        await found.start(MODEL)
        failed = await reach(found, "failed")
        hub.token = None
        await found.resume(KEY)
        await arrived(found, folder)

    assert failed["error"]["code"] == "hub_gated"


async def test_a_download_that_lost_the_hub_goes_on_by_itself(hub: FakeHub, folder: Path) -> None:
    hub.status = 503
    async with downloads(hub, folder) as found:
        await found.start(MODEL)
        lost = await reach(found, "paused")
        hub.status = 200
        await arrived(found, folder)

    assert lost["error"]["code"] == "hub_unreachable"


async def test_a_process_that_outlived_its_server_is_waited_for(hub: FakeHub, folder: Path) -> None:
    place = folder / PARTIAL / KEY
    place.mkdir(parents=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        async with downloads(hub, folder) as found:
            await found.start(MODEL)
            busy = await reach(found, "paused")
            fcntl.flock(lock, fcntl.LOCK_UN)
            await arrived(found, folder)

    assert busy["error"]["code"] == "download_busy"


async def test_without_network_nothing_begins_and_the_reason_is_told(hub: FakeHub, folder: Path) -> None:
    hub.url = "http://127.0.0.1:1"
    async with downloads(hub, folder) as found:
        with pytest.raises(InferenceError) as offline:
            await found.start(MODEL)
        assert found.listed() == {}
    async with downloads(hub, folder, allowed=False) as found:
        with pytest.raises(InferenceError) as disabled:
            await found.start(MODEL)

    assert (offline.value.status, offline.value.code) == (503, "hub_unreachable")
    assert "http://127.0.0.1:1 does not answer" in offline.value.message
    assert (disabled.value.status, disabled.value.code) == (409, "hub_disabled")
    assert not (folder / PARTIAL).exists()


async def test_a_model_larger_than_the_disk_is_refused(
    hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.hub.downloads.free_on", lambda folder: 10**9)
    async with downloads(hub, folder) as found:
        with pytest.raises(InferenceError) as short:
            await found.start("Qwen/Qwen3-32B")

    assert (short.value.status, short.value.code, hub.ranges) == (409, "disk_short", {})


async def test_what_was_wanted_waits_while_the_hub_is_switched_off(hub: FakeHub, folder: Path) -> None:
    hub.held = {FIRST: 5000}
    async with downloads(hub, folder) as found:
        await found.start(MODEL)
        await until(lambda: _asked(hub, FIRST))
    hub.ranges.clear()
    hub.held = {}
    hub.go.set()
    async with downloads(hub, folder, allowed=False) as found:
        told = found.listed()[KEY]
        moves = found.moving
    async with downloads(hub, folder) as found:
        asked = dict(hub.ranges)
        await arrived(found, folder)

    assert (told["state"], told["error"]["code"], moves, asked) == ("paused", "hub_disabled", False, {})


async def test_what_another_process_finished_is_no_download_any_more(hub: FakeHub, folder: Path) -> None:
    hub.held = {FIRST: 5000}
    async with downloads(hub, folder) as found:
        await found.start(MODEL)
        await until(lambda: _asked(hub, FIRST))
        found.pause(KEY)
        (folder / PARTIAL / KEY).rename(folder / KEY)
        with pytest.raises(Conflict):
            found.pause(KEY)

        assert (found.listed(), _left(folder)) == ({}, [])


class SlowNetwork(Network):
    """Its answer waits for `go`."""

    def __init__(self) -> None:
        super().__init__(HubAddress("http://127.0.0.1:1", True))
        self.go = asyncio.Event()

    async def check(self) -> Any:
        await self.go.wait()
        return "online"


async def test_what_is_cancelled_while_the_hub_is_asked_does_not_come_back(folder: Path) -> None:
    (folder / PARTIAL / KEY).mkdir(parents=True)
    (folder / PARTIAL / KEY / "state.json").write_text(f'{{"id": "{MODEL}", "wanted": false}}')
    network = SlowNetwork()
    found = Downloads(folder, network)
    found.begin()
    resuming = asyncio.ensure_future(found.resume(KEY))
    await asyncio.sleep(0)
    await found.cancel(KEY)
    network.go.set()
    with pytest.raises(NotFound):
        await resuming

    assert (found.listed(), _left(folder)) == ({}, [])
    await found.close()


async def test_who_asks_twice_at_once_gets_one_download(hub: FakeHub, folder: Path) -> None:
    hub.held = {FIRST: 5000}
    async with downloads(hub, folder) as found:
        await found.start(MODEL)
        await until(lambda: _asked(hub, FIRST))
        found.pause(KEY)
        hub.ranges.clear()
        both = await asyncio.gather(found.resume(KEY), found.resume(KEY), return_exceptions=True)
        await until(lambda: _asked(hub, FIRST))
        await found.cancel(KEY)

    assert [getattr(each, "code", None) for each in both] == [None, "not_paused"]
