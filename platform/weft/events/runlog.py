"""The live copy of a run's log: append under a fencing token, read, take over.

Knows fences and order; knows nothing of PostgreSQL, which holds the truth.
An append is idempotent: an entry whose seq is not above the last one is left out. A writer with an older fence than one
that has written before is refused, so a worker that lost its lease cannot show anything to readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import redis.asyncio

from weft.events import connection, keys
from weft.events.entry import Entry, after_id, flat, parse

# A run that is not over keeps its stream this long after its last event; readers then read the stored rows.
LIVE_TTL_S = 24 * 3600
PAGE = 500

_FENCE = """
local held = tonumber(redis.call('GET', KEYS[2]) or '0')
local mine = tonumber(ARGV[1])
if mine < held then return -1 end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
"""
_APPEND = (
    _FENCE
    + """
local top = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local last = 0
if top[1] then last = tonumber(string.match(top[1][1], '^%d+')) end
for i = 3, #ARGV, 2 do
  if tonumber(ARGV[i]) > last then
    last = tonumber(ARGV[i])
    redis.call('XADD', KEYS[1], ARGV[i] .. '-0', 'e', ARGV[i + 1])
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return last
"""
)
_TAKE_OVER = _FENCE + "return redis.call('XRANGE', KEYS[1], '(' .. ARGV[3] .. '-0', '+')"


class StaleFence(Exception):
    """Another owner with a newer fencing token has written to this run's stream."""


class Append(NamedTuple):
    """Entries of one run by the holder of `fence`. The stream leaves Redis `ttl_s` seconds after its last append."""

    run_id: str
    fence: int
    entries: Sequence[Entry]
    ttl_s: int = LIVE_TTL_S


def append(run_id: str, entries: Sequence[Entry], *, fence: int = 0, ttl_s: int = LIVE_TTL_S) -> None:
    """Append from synchronous code. Raises StaleFence and then has appended nothing."""
    names = [keys.run_stream(run_id), keys.run_fence(run_id)]
    if connection.client().eval(_APPEND, 2, *names, fence, ttl_s, *flat(entries)) == -1:
        raise StaleFence(run_id)


async def append_many(client: redis.asyncio.Redis, batch: Sequence[Append]) -> list[str]:
    """Append for many runs in one round trip. Returns the ids of runs whose fence was refused."""
    async with client.pipeline(transaction=False) as pipe:
        for run_id, fence, entries, ttl_s in batch:
            names = [keys.run_stream(run_id), keys.run_fence(run_id)]
            pipe.eval(_APPEND, 2, *names, fence, ttl_s, *flat(entries))
        replies = await pipe.execute()
    return [item.run_id for item, reply in zip(batch, replies, strict=True) if reply == -1]


async def take_over(client: redis.asyncio.Redis, run_id: str, *, fence: int, after: int) -> list[Entry]:
    """Shut out every older fence and return the entries after `after`. Raises StaleFence when a newer one holds it."""
    names = [keys.run_stream(run_id), keys.run_fence(run_id)]
    reply = await cast(Any, client.eval(_TAKE_OVER, 2, *names, fence, LIVE_TTL_S, after))
    if reply == -1:
        raise StaleFence(run_id)
    return [Entry(int(entry_id.partition(b"-")[0]), fields[1]) for entry_id, fields in reply]


def read(run_id: str, after: int = 0, *, limit: int = PAGE) -> list[Entry]:
    """At most `limit` entries after `after`."""
    reply = connection.client().xrange(keys.run_stream(run_id), min=f"({after_id(after)}", count=limit)
    return parse(cast(list[Any], reply))
