"""Keeps one service alive: start it, wait until it is ready, start it again when it ends. Knows no other service."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable, Mapping

from weft.services.console import Console
from weft.services.errors import ServiceError
from weft.services.process import Identity, end, kill_group, last_lines, spawn
from weft.services.service import Service

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
HEALTHY_AFTER_S = 60.0
POLL_S = 0.1
PATIENCE_S = 15.0
FIRST_START_ATTEMPTS = 3


class Keeper:
    """`ready` is set while the service serves, `settled` once its first start has succeeded or been given up.

    `keep` runs until it is cancelled; then `stop` ends the process.
    """

    def __init__(self, service: Service, *, gates: Mapping[str, asyncio.Event], console: Console,
                 changed: Callable[[], None]) -> None:  # fmt: skip
        self.service = service
        self.ready = gates[service.name]
        self.settled = asyncio.Event()
        self.identity: Identity | None = None
        self._gates = gates
        self._console = console
        self._changed = changed
        self._process: subprocess.Popen[bytes] | None = None
        self._was_ready = False

    async def keep(self) -> None:
        """Raises ServiceError when an essential service cannot be started at all; once it has served, it always is."""
        delay_s, attempts = FIRST_DELAY_S, 0
        while True:
            await asyncio.gather(*(self._gates[name].wait() for name in self.service.after))
            attempts += 1
            started = time.monotonic()
            code = await self._serve_once(started)
            if not self._was_ready and attempts == FIRST_START_ATTEMPTS:
                self._give_up(code)
            if time.monotonic() - started > HEALTHY_AFTER_S:
                delay_s = FIRST_DELAY_S
            self._console.warn(f"{self.service.title} ended ({_ending(code)}); starting it again in {delay_s:g} s")
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, LONGEST_DELAY_S)

    def stop(self) -> None:
        """End the process and its group. Blocks; safe when nothing runs."""
        if self.identity is not None:
            end(self.identity, stop_signal=self.service.stop_signal, timeout_s=self.service.stop_timeout_s)
        if self._process is not None:
            self._process.wait()

    async def _serve_once(self, started: float) -> int:
        """One life of the process, from its start to its end; returns its exit code."""
        await asyncio.to_thread(self.service.prepare)
        process = self._process = spawn(self.service)
        self.identity = Identity.of(process.pid, self.service.command[0])
        self._changed()
        try:
            if await self._becomes_ready(process, started):
                detail = "ready" if not self._was_ready else "ready again"
                self._was_ready = True
                self.ready.set()
                self.settled.set()
                self._console.done(self.service.title, detail, time.monotonic() - started)
            return await asyncio.to_thread(process.wait)
        finally:
            self.ready.clear()
            if process.poll() is not None:
                kill_group(process.pid)  # what a dead leader leaves behind

    async def _becomes_ready(self, process: subprocess.Popen[bytes], started: float) -> bool:
        next_notice = PATIENCE_S
        while process.poll() is None:
            if await asyncio.to_thread(self.service.ready, process.pid):
                return True
            waited = time.monotonic() - started
            if waited > self.service.start_timeout_s:
                process.kill()
                process.wait()
                return False
            if waited > next_notice:
                self._console.say(
                    f"    {self.service.title} is still starting ({waited:.0f} s); log: {self.service.log}"
                )
                next_notice *= 2
            await asyncio.sleep(POLL_S)
        return False

    def _give_up(self, code: int) -> None:
        """Raise for an essential service; for another, say so and let the start go on."""
        if self.service.essential:
            raise ServiceError("service_failed", self._failure(code))
        self._console.fail(self._failure(code))
        self.settled.set()

    def _failure(self, code: int) -> str:
        lines = "\n".join(f"      {line}" for line in last_lines(self.service.log).splitlines())
        return f"{self.service.title} does not start ({_ending(code)}). The end of {self.service.log}:\n{lines}"


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
