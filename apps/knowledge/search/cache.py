"""What searches remember for a few minutes in Redis: vectors of questions, what the legs found, relevance scores.

Keys hold the dataset's revision, so whatever changes what may be found makes them miss; and what is read from here is
joined with the live rows afterwards, so nothing that was deleted shows. A Redis that does not answer is an empty cache.
"""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any

import redis

from weft.events import connection

logger = logging.getLogger(__name__)

TTL_S = 300
_MAX_BYTES = 512 * 1024


def key(kind: str, *parts: Any) -> str:
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return f"knowledge:found:{kind}:{hashlib.sha256(text.encode()).hexdigest()}"


async def read(name: str) -> Any | None:
    try:
        value = await connection.shared_async_client().get(name)
    except redis.RedisError:
        logger.warning("The cache of searches could not be read: Redis did not answer")
        return None
    return json.loads(value) if value is not None else None


async def write(name: str, value: Any) -> None:
    text = json.dumps(value)
    if len(text) > _MAX_BYTES:
        return
    try:
        await connection.shared_async_client().set(name, text, ex=TTL_S)
    except redis.RedisError:
        logger.warning("The cache of searches could not be written: Redis did not answer")
