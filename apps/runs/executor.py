"""The one event loop of a worker process that carries all its runs.

Knows threads, capacity, and the two things that must happen while runs are carried: leases are renewed and commands
are heard. A Celery task only brings a lease here and returns, so a thousand waiting runs take one thread,
and the broker's message is acknowledged while the lease answers for the run.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from django.conf import settings

from apps.runs import leases
from apps.runs.carry import Carrier
from apps.runs.feed import Feed
from apps.runs.group_writer import GroupWriter
from apps.runs.leases import Lease
from apps.runs.waits import pending_signals
from weft.db.aio import call_db
from weft.events import keys
from weft.events.connection import close_shared_async_client, new_async_client
from weft.events.ending import end_tasks
from weft.events.entry import Entry
from weft.events.hub import Rewound, current_hub
from weft.http import egress
from workflows.ports import Control
from workflows.sandbox import Sandbox

COMMANDS = "runs"
# Runs that need no longer than this still end here when the worker is asked to go; the others are handed on.
GRACE_S = 3.0
PLACE_WAIT_S = 1.0

log = logging.getLogger(__name__)


class Full(Exception):
    """This process takes no more runs for now."""


class _Command(msgspec.Struct):
    run_id: str
    op: Literal["stop", "signal"] = "stop"


@dataclass(slots=True)
class _Carried:
    lease: Lease
    control: Control
    task: asyncio.Task[None]


class Executor:
    """Carries runs from `start` to `stop`. `carry` may be called from any thread."""

    def __init__(self) -> None:
        self._carried: dict[str, _Carried] = {}
        self._slots = threading.BoundedSemaphore(settings.RUNS_PER_PROCESS)
        self._code = Sandbox.from_environment(os.environ)
        self._ready = threading.Event()
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="weft-runs", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    @property
    def n_carried(self) -> int:
        return len(self._carried)

    def take(self, run_id: str) -> bool:
        """Take the run's lease and carry it. False when someone else has the run, or nobody must carry it any more.

        Raises Full when no place became free in time, or this process is about to end.
        """
        if self._leaving.is_set() or not self._slots.acquire(timeout=PLACE_WAIT_S):
            raise Full(run_id)
        lease = None
        try:
            lease = leases.acquire(run_id)
        finally:
            if lease is None:
                self._slots.release()
        if lease is not None:
            self._loop.call_soon_threadsafe(self._begin, lease)
        return lease is not None

    def stop(self, grace_s: float = GRACE_S) -> list[str]:
        """Let short runs end, give up the leases of the others and return them, and end the loop. Once is enough."""
        if self._leaving.is_set():
            return []
        self._leaving.set()
        left = asyncio.run_coroutine_threadsafe(self._leave(grace_s), self._loop).result()
        self._thread.join()
        return left

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._left = asyncio.Event()
        client, writer, code = new_async_client(), GroupWriter(), self._code
        self._feed = Feed(client, self._abort)
        self._carrier = Carrier(client=client, writer=writer, feed=self._feed, code=code)
        helpers = [
            self._helper(self._feed.run()),
            self._helper(self._keep_leases()),
            self._helper(self._hear_commands()),
        ]
        self._ready.set()
        await self._left.wait()
        await asyncio.to_thread(writer.close, 5.0)
        await end_tasks(*helpers)
        await client.aclose()
        await code.close()
        await egress.close()
        await close_shared_async_client()

    def _helper(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._loop.create_task(work)

    def _begin(self, lease: Lease) -> None:
        control = Control()
        task = self._loop.create_task(self._carrier.carry(lease, control), name=f"run {lease.run_id}")
        self._carried[lease.run_id] = _Carried(lease, control, task)
        task.add_done_callback(lambda done: self._end(lease, done))

    def _end(self, lease: Lease, task: asyncio.Task[None]) -> None:
        carried = self._carried.get(lease.run_id)
        if carried is not None and carried.lease == lease:
            del self._carried[lease.run_id]
        self._slots.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Run %s could not be carried; its lease will pass on", lease.run_id, exc_info=error)

    def _abort(self, run_id: str) -> None:
        """The lease is lost: stop at once and write nothing."""
        if carried := self._carried.get(run_id):
            log.warning("The lease of run %s was lost", run_id)
            carried.task.cancel()

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(settings.RUN_LEASE_S / 3)
            held = [carried.lease for carried in self._carried.values()]
            if not held:
                continue
            try:
                renewal = await call_db(leases.renew, held)
            except Exception:
                log.exception("Renewing %d leases failed", len(held))
                continue
            for run_id in renewal.lost:
                self._abort_if_still(run_id, held)
            for run_id in renewal.stopping:
                self._stop_run(run_id)
            for run_id in renewal.signalled:
                await self._deliver(run_id)

    def _abort_if_still(self, run_id: str, held: list[Lease]) -> None:
        """A run that came to its end while its lease was being renewed is none that was lost."""
        carried = self._carried.get(run_id)
        if carried is not None and carried.lease in held:
            self._abort(run_id)

    async def _hear_commands(self) -> None:
        """Commands, as they come. One that is lost is found with the next renewal."""
        while True:
            try:
                async with current_hub().subscribe(keys.topic(COMMANDS), 0) as commands:
                    while True:
                        for entry in await commands.next(60):
                            await self._obey(entry)
            except Rewound:
                continue

    async def _obey(self, entry: Entry) -> None:
        try:
            command = msgspec.json.decode(entry.data, type=_Command)
        except msgspec.DecodeError as error:
            log.warning("Passing over a command that cannot be read: %s", error)
            return
        if command.op == "stop":
            self._stop_run(command.run_id)
        else:
            await self._deliver(command.run_id)

    def _stop_run(self, run_id: str) -> None:
        if carried := self._carried.get(run_id):
            carried.control.stop()

    async def _deliver(self, run_id: str) -> None:
        """Give a run of this process the signals stored for it; the driver passes over those that it has had."""
        if (carried := self._carried.get(run_id)) is None:
            return
        try:
            for signal in await call_db(pending_signals, run_id):
                carried.control.deliver(signal)
        except Exception:
            log.exception("The signals of run %s could not be read; the next renewal will do it", run_id)

    async def _leave(self, grace_s: float) -> list[str]:
        if tasks := [carried.task for carried in self._carried.values()]:
            await asyncio.wait(tasks, timeout=grace_s)
        left = list(self._carried.values())
        await end_tasks(*(carried.task for carried in left))
        await self._feed.flush(1.0)
        if left:
            log.info("Handing %d runs on", len(left))
            await call_db(leases.hand_on, [carried.lease for carried in left])
        self._left.set()
        return [carried.lease.run_id for carried in left]


_executor: Executor | None = None
_starting = threading.Lock()


def current() -> Executor:
    """The executor of this process, started on first use."""
    global _executor
    with _starting:
        if _executor is None:
            executor = Executor()
            executor.start()
            _executor = executor
    return _executor


def shut_down() -> list[str]:
    """End this process's executor, if there is one. Returns the runs that others must carry on."""
    global _executor
    with _starting:
        executor, _executor = _executor, None
    return executor.stop() if executor is not None else []
