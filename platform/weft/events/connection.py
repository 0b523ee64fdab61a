"""Redis clients: one for synchronous code, one an event loop for short commands, and one per owner for the rest.

Knows time limits; knows nothing of keys. RESP2 is asked for, so that replies look the same with every server version.
"""

from __future__ import annotations

import asyncio
from functools import cache
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

CONNECT_TIMEOUT_S = 3.0
COMMAND_TIMEOUT_S = 5.0
SHORT_TIMEOUT_S = 2.0


def client() -> redis.Redis:
    """The client for synchronous code: shared, thread-safe, never closed by its users."""
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, protocol=2, socket_connect_timeout=CONNECT_TIMEOUT_S, socket_timeout=COMMAND_TIMEOUT_S
    )


def new_async_client(*, timeout_s: float = COMMAND_TIMEOUT_S, tries: int = 1) -> redis.asyncio.Redis:
    """A client for the running loop. Whoever asked for it closes it.

    More than one of `tries` are for a connection that broke while nobody used it; a time-out is never tried again.
    """
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        protocol=2,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=timeout_s,
        retry=Retry(NoBackoff(), tries - 1, supported_errors=(redis.ConnectionError,)),
    )


def shared_async_client() -> redis.asyncio.Redis:
    """The running loop's client for single short commands: shared, never closed by its users."""
    loop = asyncio.get_running_loop()
    if loop not in _SHARED:
        for ended in [each for each in _SHARED if each.is_closed()]:
            del _SHARED[ended]
        _SHARED[loop] = new_async_client(timeout_s=SHORT_TIMEOUT_S, tries=2)
    return _SHARED[loop]


async def close_shared_async_client() -> None:
    """For loops that end before their process does."""
    client = _SHARED.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.aclose()


_SHARED: WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = WeakKeyDictionary()
