"""Redis clients: one for synchronous code, and one per owner for asynchronous code.

Knows time limits; knows nothing of keys. RESP2 is asked for, so that replies look the same with every server version.
"""

from __future__ import annotations

from functools import cache

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECT_TIMEOUT_S = 3.0
COMMAND_TIMEOUT_S = 5.0


def client() -> redis.Redis:
    """The client for synchronous code: shared, thread-safe, never closed by its users."""
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, protocol=2, socket_connect_timeout=CONNECT_TIMEOUT_S, socket_timeout=COMMAND_TIMEOUT_S
    )


def new_async_client(*, timeout_s: float = COMMAND_TIMEOUT_S) -> redis.asyncio.Redis:
    """A client for the running loop. It never retries by itself. Whoever asked for it closes it."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        protocol=2,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
    )
