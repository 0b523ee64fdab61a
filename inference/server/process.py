"""The serving process: uvicorn with a drain.

SIGTERM or SIGINT: no new requests, running ones end or are ended, exit code 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeVar

import uvicorn
import uvloop

from inference.config import ServerConfig
from inference.server.asgi import Application
from inference.server.lifecycle import Lifecycle

T = TypeVar("T")

_log = logging.getLogger("inference.server")

GRACE_AFTER_ABORT_S = 5
"""How long ended requests have to tell their clients so."""


def run(serving: Coroutine[Any, Any, T]) -> T:
    """Run to its end on uvloop, whose callbacks and sockets cost less than those of asyncio's own loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(serving)


class Process(uvicorn.Server):
    """Serves until signalled. `begin` is called on the event loop before the first request, `abort` ends every running
    one, `close` frees models after the last.
    """

    def __init__(
        self,
        app: Application,
        config: ServerConfig,
        lifecycle: Lifecycle,
        *,
        begin: Callable[[], None],
        abort: Callable[[], None],
        close: Callable[[], Awaitable[None]],
    ) -> None:
        grace = int(config.drain_s) + GRACE_AFTER_ABORT_S
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                access_log=False,
                log_level="warning",
                timeout_graceful_shutdown=grace,
                server_header=False,
            )
        )
        self.app = app
        self._lifecycle = lifecycle
        lifecycle.drain = self.drain
        self._limits = config
        self.begin = begin
        self._abort = abort
        self.close = close

    async def serve_until_signalled(self, bound: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        _log.info("serving on http://%s:%d", *bound.getsockname()[:2])
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled, number)
        self.begin()
        try:
            await self.serve(sockets=[bound])
        finally:
            await self.close()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """uvicorn would raise the signal again at the end, so that a clean stop looked like a kill."""
        yield

    def _signalled(self, number: int) -> None:
        if self._lifecycle.draining:
            _log.warning("second signal: ending %d requests now", self._lifecycle.n_in_flight)
            self._abort()
            self.force_exit = True
            return
        _log.info("%s", signal.Signals(number).name)
        self.drain()

    def drain(self) -> None:
        """No new requests from now; the process ends when the running ones have, or when their time is up."""
        _log.info("draining %d requests for at most %g s", self._lifecycle.n_in_flight, self._limits.drain_s)
        self._lifecycle.draining = True
        self.should_exit = True
        asyncio.get_running_loop().call_later(self._limits.drain_s, self._abort)
