"""Facts about a thing for whoever watches it now: bounded, unfenced, and gone when nobody writes any more.

Knows names and order; knows nothing of who may read a topic. The seq of a fact is the time in milliseconds or the
last seq plus one, whichever is greater, so cursors stay valid when a topic has expired and starts again.
"""

from __future__ import annotations

from typing import Any

import msgspec

from weft.events import connection, keys

KEEP = 200
TTL_S = 3600

_PUBLISH = """
local now = redis.call('TIME')
local seq = now[1] * 1000 + math.floor(now[2] / 1000)
local top = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
if top[1] then seq = math.max(seq, tonumber(string.match(top[1][1], '^%d+')) + 1) end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], string.format('%.0f-0', seq), 'e', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return string.format('%.0f', seq)
"""


def publish(topic: str, event: dict[str, Any]) -> int:
    """Tell everyone who watches `topic`. Returns the fact's seq. Raises redis.RedisError when Redis is away."""
    # redis-py types its replies for both of its clients at once
    reply: Any = connection.client().eval(_PUBLISH, 1, keys.topic(topic), KEEP, TTL_S, msgspec.json.encode(event))
    return int(reply)
