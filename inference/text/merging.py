"""Joins streams of pieces into one, as they come. Knows nothing of what they say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from inference.request import Piece


async def merged(streams: Sequence[AsyncGenerator[Piece, None]], n: int) -> AsyncGenerator[Piece, None]:
    """Pieces of every stream as they come, stream i's indexes raised by i * n. One piece of each is waited for at a
    time, so that a slow reader is waited for too. Closing it closes them all.
    """
    if len(streams) == 1:
        # as nearly always: without a task for every piece
        async with aclosing(streams[0]) as only:
            async for piece in only:
                yield piece
        return
    waiting = {asyncio.ensure_future(anext(stream)): at for at, stream in enumerate(streams)}
    try:
        while waiting:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in sorted(done, key=waiting.__getitem__):
                at = waiting.pop(task)
                try:
                    piece = task.result()
                except StopAsyncIteration:
                    continue
                waiting[asyncio.ensure_future(anext(streams[at]))] = at
                yield replace(piece, index=piece.index + at * n) if at else piece
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for stream in streams:
            await stream.aclose()
