"""`manage.py up`: starts every service, keeps it alive, ends all of them together.

Itself a small process without Django: what needs Django runs as a child. Order comes from each service's `after`, so
everything independent starts side by side. Knows the whole, but no single service's ways.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from weft.services import database, preflight, recovery, sample, state
from weft.services.assembly import DATABASE_READY, Assembly, assemble
from weft.services.console import Console
from weft.services.errors import ServiceError
from weft.services.keeper import Keeper
from weft.services.layout import DataDir
from weft.services.options import Options, parse
from weft.services.process import Identity
from weft.services.secrets import load_or_create

# Ended last, in this order: everything else may still want to write to them.
STORES = ("inference", "chroma", "redis", "postgres")


def main(argv: Sequence[str]) -> int:
    """Run until told to stop. Returns the exit code: 0 after a clean end, 1 when Weft could not start."""
    options = parse(argv)
    console = Console()
    data = DataDir(options.data_dir)
    try:
        lock = preflight.take_data_dir(data)
    except ServiceError as error:
        console.fail(error.message)
        return 1
    with lock:
        try:
            return asyncio.run(_up(options, data, console))
        except ServiceError as error:
            console.fail(error.message)
            return 1
        except KeyboardInterrupt:  # before the first service: there is nothing to end
            return 130


async def _up(options: Options, data: DataDir, console: Console) -> int:
    console.headline(f"Starting Weft (data in {data.path})")
    last = state.read(data.state)
    leftovers = await asyncio.to_thread(recovery.end_leftovers, data, last)
    if leftovers:
        console.warn(f"The last start was cut off; ended what it left running: {', '.join(leftovers)}")
    preflight.check(options, data)
    assembly = assemble(options, data, load_or_create(data.secrets), last.ports)
    return await Supervisor(assembly, data, console).run()


class Supervisor:
    def __init__(self, assembly: Assembly, data: DataDir, console: Console) -> None:
        self._assembly = assembly
        self._data = data
        self._console = console
        self._gates = {name: asyncio.Event() for name in (DATABASE_READY, *(each.name for each in assembly.services))}
        self._keepers = [
            Keeper(service, gates=self._gates, console=console, changed=self._remember) for service in assembly.services
        ]
        self._supervisor = Identity.of(os.getpid(), sys.executable)

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        # One thread a service waits for its process to end; the others prepare, probe and stop.
        loop.set_default_executor(ThreadPoolExecutor(max_workers=2 * len(self._keepers) + 4))
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stopping.set)
        self._remember()
        tasks = [asyncio.create_task(each.keep(), name=each.service.name) for each in self._keepers]
        tasks.append(asyncio.create_task(self._open_doors(), name="start"))
        stop = asyncio.create_task(stopping.wait())
        try:
            return await self._watch(tasks, stop)
        finally:
            for task in (*tasks, stop):
                task.cancel()
            await asyncio.gather(*tasks, stop, return_exceptions=True)
            await self._end_all()

    async def _watch(self, tasks: list[asyncio.Task[None]], stop: asyncio.Task[bool]) -> int:
        """Wait for the signal to stop, or for the first task that cannot go on."""
        pending: set[asyncio.Task[None] | asyncio.Task[bool]] = {*tasks, stop}
        while True:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            if stop in done:
                self._console.say("Stopping …")
                return 0
            for task in done:
                await task  # raises what ended it

    async def _open_doors(self) -> None:
        """Migrate once the database answers; say where Weft is once it is there."""
        started = time.monotonic()
        if "postgres" in self._gates:
            await self._gates["postgres"].wait()
            started = time.monotonic()
        if database.is_current(self._data, self._assembly.env):
            self._gates[DATABASE_READY].set()
        outcome = await asyncio.to_thread(database.bring_up_to_date, self._data, self._assembly.env)
        if outcome.applied:
            noun = "migration" if outcome.applied == 1 else "migrations"
            self._console.done("Database", f"{outcome.applied} {noun} applied", time.monotonic() - started)
        self._gates[DATABASE_READY].set()
        await asyncio.gather(*(keeper.settled.wait() for keeper in self._keepers))
        self._welcome(outcome.setup_token)
        if outcome.setup_token and {"web", "worker", "inference"} <= self._gates.keys():
            await self._offer_sample()

    async def _offer_sample(self) -> None:
        """Nobody has been here yet: give the first admin something that works. Its failure stops nothing."""
        found = await sample.make(self._data, self._assembly.env)
        if found is None:
            self._console.warn(f"The sample app could not be made; see {self._data.log('sample')}")
            return
        self._console.say(f"The sample app answers at {found['base_url']}/chat/{found['site_code']}")

    def _welcome(self, setup_token: str | None) -> None:
        url = self._assembly.base_url
        if (missing := preflight.missing_front_end()) is not None:
            self._console.warn(missing)
        self._console.say()
        self._console.headline(f"Weft is ready after {self._console.elapsed_s():.1f} s: {url}")
        if setup_token:
            self._console.say("Nobody has an account yet. Open this link once to become the administrator:")
            self._console.headline(f"  {url}/setup?token={setup_token}")
        self._console.say(f"Logs: {self._data.logs}   Ctrl-C stops everything.")

    async def _end_all(self) -> None:
        """Front first, stores last, side by side where order does not matter."""
        front = [each for each in self._keepers if each.service.name not in STORES]
        await asyncio.gather(*(asyncio.to_thread(each.stop) for each in front))
        for name in STORES:
            for keeper in self._keepers:
                if keeper.service.name == name:
                    await asyncio.to_thread(keeper.stop)
        self._forget()
        self._console.say("Everything is stopped.")

    def _remember(self) -> None:
        """Called whenever a process starts, so that the next `up` can recognise what a kill -9 of this one leaves."""
        processes = {each.service.name: each.identity for each in self._keepers if each.identity is not None}
        state.write(
            self._data.state,
            state.State(self._supervisor, processes, self._assembly.ports, self._assembly.addresses),
        )

    def _forget(self) -> None:
        """Keep the ports for the next start; nothing runs, so no address leads anywhere."""
        with contextlib.suppress(OSError):
            state.write(self._data.state, state.State(ports=self._assembly.ports))
