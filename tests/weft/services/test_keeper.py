import asyncio
import io
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.processes import is_running, make_service
from weft.services import keeper as keepers
from weft.services.console import Console
from weft.services.errors import ServiceError
from weft.services.keeper import Keeper
from weft.services.service import Service


@pytest.fixture(autouse=True)
def _short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keepers, "FIRST_DELAY_S", 0.01)


def make_keeper(service: Service, screen: io.StringIO) -> Keeper:
    names = (service.name, *service.after)
    gates = {name: asyncio.Event() for name in names}
    return Keeper(service, gates=gates, console=Console(screen), changed=lambda: None)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  (the condition lives in another process)
            await asyncio.sleep(0.01)


async def test_a_killed_service_is_started_again(tmp_path: Path) -> None:
    screen = io.StringIO()
    keeper = make_keeper(make_service(tmp_path), screen)
    task = asyncio.create_task(keeper.keep())
    await until(keeper.ready.is_set)
    assert keeper.identity is not None
    first = keeper.identity.pid

    os.kill(first, signal.SIGKILL)
    await until(lambda: keeper.identity is not None and keeper.identity.pid != first and keeper.ready.is_set())
    second = keeper.identity.pid
    task.cancel()
    await asyncio.to_thread(keeper.stop)

    assert not is_running(second)
    assert "Sleeper ended (signal 9); starting it again in 0.01 s" in screen.getvalue()
    assert "ready again" in screen.getvalue()


async def test_a_service_that_never_starts_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    broken = replace(
        make_service(tmp_path, "raise SystemExit('no such model')", name="model"), ready=lambda _pid: False
    )

    with pytest.raises(ServiceError, match="Model does not start") as refused:
        await make_keeper(broken, io.StringIO()).keep()

    assert refused.value.code == "service_failed"
    assert refused.value.message.count("no such model") == keepers.FIRST_START_ATTEMPTS


async def test_a_service_waits_for_what_it_needs(tmp_path: Path) -> None:
    service = replace(make_service(tmp_path), after=("postgres",))
    gates = {"sleeper": asyncio.Event(), "postgres": asyncio.Event()}
    keeper = Keeper(service, gates=gates, console=Console(io.StringIO()), changed=lambda: None)

    task = asyncio.create_task(keeper.keep())
    await asyncio.sleep(0)
    assert keeper.identity is None
    gates["postgres"].set()
    await until(keeper.ready.is_set)

    task.cancel()
    await asyncio.to_thread(keeper.stop)


async def test_a_service_that_hangs_at_its_start_is_started_again(tmp_path: Path) -> None:
    deaf = replace(make_service(tmp_path), ready=lambda _pid: False, start_timeout_s=0.05)

    with pytest.raises(ServiceError, match="signal 9"):
        await make_keeper(deaf, io.StringIO()).keep()


async def test_weft_goes_on_without_a_service_that_is_not_essential(tmp_path: Path) -> None:
    screen = io.StringIO()
    service = replace(make_service(tmp_path, "raise SystemExit(3)", name="extra"), ready=lambda _pid: False)
    keeper = make_keeper(replace(service, essential=False), screen)

    task = asyncio.create_task(keeper.keep())
    async with asyncio.timeout(20):
        await keeper.settled.wait()

    assert not keeper.ready.is_set()
    assert not task.done()
    assert "Extra does not start (exit code 3)" in screen.getvalue()
    task.cancel()
    await asyncio.to_thread(keeper.stop)
