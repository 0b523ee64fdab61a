"""The one writer of a worker process to the runs' Redis Streams.

Knows order and outages; knows nothing of PostgreSQL. What cannot be sent waits, within a bound, and is sent when
Redis is back; what was dropped beyond the bound leaves a gap that readers fill from the stored rows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from weft.events import runlog
from weft.events.entry import Entry

KEEP_PER_RUN = 5000
RETRY_S = 0.5

log = logging.getLogger(__name__)


class _Waiting:
    """Entries of one run that were not sent yet."""

    def __init__(self, fence: int) -> None:
        self.fence = fence
        self.entries: list[Entry] = []
        self.ended = False

    def append(self, run_id: str) -> runlog.Append:
        ttl_s = settings.RUN_STREAM_TTL_S if self.ended else runlog.LIVE_TTL_S
        return runlog.Append(run_id, self.fence, self.entries, ttl_s)


class Feed:
    """Sends what the runs of this loop show, many runs in one round trip. `on_refused` learns of a lost lease."""

    def __init__(self, client: redis.asyncio.Redis, on_refused: Callable[[str], None]) -> None:
        self._client = client
        self._on_refused = on_refused
        self._waiting: dict[str, _Waiting] = {}
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def send(self, run_id: str, fence: int, entries: list[Entry], *, ended: bool = False) -> None:
        """Show `entries` as soon as possible, after those sent before. An ended run's stream stays only for a while."""
        waiting = self._waiting.get(run_id)
        if waiting is None or waiting.fence != fence:
            waiting = self._waiting[run_id] = _Waiting(fence)
        waiting.entries += entries
        waiting.ended = waiting.ended or ended
        del waiting.entries[:-KEEP_PER_RUN]
        self._idle.clear()
        self._changed.set()

    async def flush(self, timeout_s: float) -> None:
        """Wait until everything was sent, or the time is up."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            log.warning("Redis did not take the events of %d runs in time", len(self._waiting))

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            batch, self._waiting = self._waiting, {}
            appends = [waiting.append(run_id) for run_id, waiting in batch.items()]
            try:
                refused = await runlog.append_many(self._client, appends)
            except (RedisError, OSError) as error:
                log.warning("Showing the events of %d runs failed, trying again: %s", len(batch), error)
                self._put_back(batch)
                await asyncio.sleep(RETRY_S)
                continue
            for run_id in refused:
                self._on_refused(run_id)
            if not self._waiting:
                self._idle.set()

    def _put_back(self, batch: dict[str, _Waiting]) -> None:
        for run_id, newer in self._waiting.items():
            older = batch.get(run_id)
            if older is not None and older.fence == newer.fence:
                older.entries += newer.entries
                older.ended = newer.ended
                del older.entries[:-KEEP_PER_RUN]
            else:
                batch[run_id] = newer
        self._waiting = batch
        self._changed.set()
