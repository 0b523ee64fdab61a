"""Server-sent events as a response: headers that no proxy buffers, keep-alives, a clean end when the reader leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from django.http import StreamingHttpResponse

from weft.http.sse import HEADERS, HEARTBEAT, encode

PING_AFTER_S = 10.0
# The exact keep-alive bytes of Dify: an event without data.
DIFY_PING = b"event: ping\n\n"
COMMENT_PING = HEARTBEAT


def data_frame(value: object, *, id: int | None = None) -> bytes:
    return encode(json.dumps(value, ensure_ascii=False, separators=(",", ":")), id=id)


async def with_pings(frames: AsyncIterator[bytes], ping: bytes) -> AsyncIterator[bytes]:
    """`frames`, with `ping` after every ten silent seconds. Closing this closes `frames`."""
    pending: asyncio.Task[bytes] | None = None
    try:
        while True:
            pending = pending or asyncio.ensure_future(anext(frames))
            done, _ = await asyncio.wait({pending}, timeout=PING_AFTER_S)
            if not done:
                yield ping
                continue
            task, pending = pending, None
            try:
                yield task.result()
            except StopAsyncIteration:
                return
    finally:
        if pending is not None:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)
        close = getattr(frames, "aclose", None)
        if close is not None:
            await close()


def event_stream(frames: AsyncIterator[bytes], *, ping: bytes = DIFY_PING) -> StreamingHttpResponse:
    return StreamingHttpResponse(with_pings(frames, ping), headers=HEADERS)


def last_event_id(headers: Any, query: Any) -> int:
    """The cursor of a reconnecting reader: Last-Event-ID, else `after`, else 0."""
    text = headers.get("Last-Event-ID") or query.get("after") or "0"
    return int(text) if text.isdecimal() and len(text) < 10 else 0
