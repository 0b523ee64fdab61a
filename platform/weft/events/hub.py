"""One blocking reader for all the subscribers of an event loop.

Knows streams and cursors; knows nothing of runs or sockets.

A subscriber first reads what is stored after its cursor, then is handed what the reader finds. One that falls more than
`BACKLOG` entries behind loses its queue, not its place: it reads the stream itself until it has caught up. The reader
starts with the first subscriber and ends with the last, so nothing outlives its users. When Redis goes away the
reader tries again from where it was; a stream that then ends before a subscriber's cursor (Redis lost its data)
raises Rewound in that subscriber.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from weakref import WeakKeyDictionary

import redis.asyncio
from redis.exceptions import RedisError

from weft.events.connection import new_async_client
from weft.events.ending import end_tasks
from weft.events.entry import Entry, after_id, parse

BACKLOG = 2000
PAGE = 500
BLOCK_MS = 5000
RETRY_MAX_S = 1.0

log = logging.getLogger(__name__)


class Rewound(Exception):
    """The stream ends before the cursor: its data was lost. Whoever knows the truth must say where to go on."""


class Subscription:
    """A cursor in one stream. Used by one task."""

    def __init__(self, hub: Hub, key: str, after: int) -> None:
        self.key = key
        self.last = after
        self._hub = hub
        self._queue: list[Entry] = []
        self._behind = True
        self._dropped = False
        self._rewound = False
        self._wake = asyncio.Event()

    async def next(self, timeout_s: float) -> list[Entry]:
        """The entries after the last ones returned; empty when none came in time. Raises Rewound."""
        if self._behind:
            page = await self._catch_up()
            if page:
                return page
        if not (self._queue or self._rewound or self._behind):
            try:
                async with asyncio.timeout(timeout_s):
                    await self._wake.wait()
            except TimeoutError:
                return []
        self._wake.clear()
        if self._rewound:
            self._rewound = False
            raise Rewound(self.key)
        fresh, self._queue = [entry for entry in self._queue if entry.seq > self.last], []
        if fresh:
            self.last = fresh[-1].seq
        return fresh

    async def top(self) -> int:
        """The seq of the stream's last entry, 0 when it is empty. Raises RedisError."""
        return await self._hub.top(self.key)

    async def _catch_up(self) -> list[Entry]:
        """One page of what is stored.

        What the reader finds meanwhile waits in the queue, or is dropped and read again.
        """
        self._dropped = False
        try:
            page = await self._hub.stored(self.key, self.last)
        except (RedisError, OSError):
            await asyncio.sleep(RETRY_MAX_S)  # the reader is trying to reconnect as well
            return []
        self._behind = self._dropped or len(page) == PAGE
        if page:
            self.last = page[-1].seq
        return page

    def offer(self, entries: list[Entry]) -> None:
        """Called by the reader."""
        if len(self._queue) + len(entries) > BACKLOG:
            self._queue.clear()
            self._behind = self._dropped = True
        else:
            self._queue += entries
        self._wake.set()

    def rewind(self) -> None:
        """Called by the reader."""
        self._rewound = True
        self._wake.set()


class Hub:
    """The reader of one event loop and its subscribers by key."""

    def __init__(self) -> None:
        self._watched: dict[str, set[Subscription]] = {}
        self._positions: dict[str, int] = {}
        self._client: redis.asyncio.Redis | None = None
        self._reader: asyncio.Task[None] | None = None
        self._wake_key = f"hub:{uuid.uuid4()}"

    @property
    def watched(self) -> dict[str, int]:
        """How many subscribers each stream has here."""
        return {key: len(subscriptions) for key, subscriptions in self._watched.items()}

    @asynccontextmanager
    async def subscribe(self, key: str, after: int) -> AsyncIterator[Subscription]:
        """A cursor in `key`, which need not exist yet."""
        subscription = Subscription(self, key, after)
        is_new = key not in self._watched
        self._watched.setdefault(key, set()).add(subscription)
        self._positions.setdefault(key, after)
        try:
            self._start()
            if is_new:
                await self._wake_reader()
            yield subscription
        finally:
            await self._leave(subscription)

    async def stored(self, key: str, after: int) -> list[Entry]:
        """At most one page of what the stream holds after `after`."""
        assert self._client is not None, "only a subscriber reads, and the first one starts the hub"
        reply = await self._client.xrange(key, min=f"({after_id(after)}", count=PAGE)
        return parse(cast(list[Any], reply))

    async def top(self, key: str) -> int:
        """The seq of the last entry of `key`, 0 when it is empty."""
        assert self._client is not None, "only a subscriber reads, and the first one starts the hub"
        return await _top(self._client, key)

    def _start(self) -> None:
        if self._reader is None:
            self._client = new_async_client(timeout_s=BLOCK_MS / 1000 + 5)
            # an empty context: the reader serves everyone and must not hold on to the first request's variables
            self._reader = asyncio.get_running_loop().create_task(
                self._read(self._client), name="weft-hub", context=contextvars.Context()
            )

    async def _leave(self, subscription: Subscription) -> None:
        others = self._watched[subscription.key]
        others.discard(subscription)
        if not others:
            del self._watched[subscription.key]
            del self._positions[subscription.key]
        if not self._watched and self._reader is not None and self._client is not None:
            reader, client, self._reader, self._client = self._reader, self._client, None, None
            await end_tasks(reader)
            await client.aclose()

    async def _wake_reader(self) -> None:
        """Make the blocked reader look at the set of streams again."""
        assert self._client is not None
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                pipe.xadd(self._wake_key, {"w": 1}, maxlen=1, approximate=False)
                pipe.expire(self._wake_key, 60)
                await pipe.execute()
        except (RedisError, OSError):
            log.debug("Redis is away; the reader will see the new stream when it is back")

    async def _read(self, client: redis.asyncio.Redis) -> None:
        wake, delay_s, was_lost = "0-0", 0.05, False
        while True:
            try:
                if was_lost:
                    await self._find_rewound(client)
                wanted: dict[Any, Any] = {key: after_id(seq) for key, seq in self._positions.items()}
                reply = await client.xread({self._wake_key: wake, **wanted}, count=PAGE, block=BLOCK_MS)
            except (RedisError, OSError) as error:
                log.warning("Reading events failed, trying again: %s", error)
                was_lost = True
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, RETRY_MAX_S)
                continue
            delay_s, was_lost = 0.05, False
            for name, items in cast(list[Any], reply):
                if name.decode() == self._wake_key:
                    wake = items[-1][0].decode()
                else:
                    self._hand_out(name.decode(), parse(items))

    def _hand_out(self, key: str, entries: list[Entry]) -> None:
        if key not in self._watched:
            return
        self._positions[key] = max(self._positions[key], entries[-1].seq)
        for subscription in self._watched[key]:
            subscription.offer(entries)

    async def _find_rewound(self, client: redis.asyncio.Redis) -> None:
        """After an outage: tell the subscribers of streams that now end before their position."""
        for key, position in list(self._positions.items()):
            if position > await _top(client, key) and key in self._watched:
                self._positions[key] = 0
                for subscription in self._watched[key]:
                    subscription.rewind()


async def _top(client: redis.asyncio.Redis, key: str) -> int:
    last = parse(cast(list[Any], await client.xrevrange(key, count=1)))
    return last[0].seq if last else 0


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def current_hub() -> Hub:
    """The hub of the running event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
