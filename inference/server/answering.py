"""Lets a request in and joins its answers into one stream of pieces.

Knows admission, deadlines and counting; nothing of JSON.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace

from inference.errors import BadRequest, DeadlineMissed
from inference.request import Piece, SamplingParams
from inference.server.admission import Admission, Ticket
from inference.server.metrics import Metrics
from inference.server.usage import Usage
from inference.text.model import Answer, TextModel


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request asks of one model."""

    model: TextModel
    params: SamplingParams
    n_chars: int
    """Of all its prompts: what is known before they are tokenized."""
    abort_late: bool = False
    usage: Usage = field(default_factory=Usage)


class Answering:
    def __init__(self, admission: Admission, metrics: Metrics) -> None:
        self._admission = admission
        self._metrics = metrics

    @asynccontextmanager
    async def opened(
        self, asked: Asked, makers: Sequence[Callable[[], Awaitable[Answer]]]
    ) -> AsyncIterator[AsyncIterator[Piece]]:
        """The pieces of all answers as they come, those of prompt i numbered from i * n; `asked.usage` is kept.

        Leaving the block, for whatever reason, frees all that the answers hold.
        """
        model, params = asked.model, asked.params
        _refuse_unsupported(model, params)
        with self._admission.admitted(
            model.model_id,
            n_chars=asked.n_chars,
            max_model_len=model.max_model_len,
            tenant=params.salt,
            deadline_ms=params.drop_after_ms,
        ) as ticket:
            answers = [await make() for make in makers]
            asked.usage.prompt = sum(answer.n_prompt_tokens for answer in answers)
            ticket.measured(asked.usage.prompt)
            self._metrics.prompt_tokens.labels(model.model_id).inc(asked.usage.prompt)
            streams = [answer.pieces(params) for answer in answers]
            limit_s = params.drop_after_ms / 1000 if asked.abort_late and params.drop_after_ms is not None else None
            async with _in_time(limit_s), aclosing(merged(streams, params.n)) as pieces:
                yield self._counted(pieces, asked, ticket)

    async def _counted(self, pieces: AsyncIterator[Piece], asked: Asked, ticket: Ticket) -> AsyncIterator[Piece]:
        meter = self._metrics.meter(asked.model.model_id, asked.params.hints.node_key)
        async for piece in pieces:
            if piece.n_tokens:
                ticket.begun()
            asked.usage.add(piece)
            meter.observe(piece, time.monotonic())
            yield piece


async def merged(streams: Sequence[AsyncGenerator[Piece, None]], n: int) -> AsyncGenerator[Piece, None]:
    """Pieces of every stream as they come, stream i's indexes raised by i * n. One piece of each is waited for at a
    time, so that a slow reader is waited for too. Closing it closes them all.
    """
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


@asynccontextmanager
async def _in_time(limit_s: float | None) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(limit_s) as timeout:
            yield
    except TimeoutError:
        if not timeout.expired():
            raise
        raise DeadlineMissed(
            "deadline_missed", "The answer was not complete at its X-Request-Deadline-Ms and was ended."
        ) from None


def _refuse_unsupported(model: TextModel, params: SamplingParams) -> None:
    """An extractive model says what it says. Silence would be worse: who asks for two answers and gets one cannot
    tell.
    """
    if model.kind != "extractive":
        return
    for name, asked in (
        ("n", params.n != 1),
        ("logprobs", params.logprobs is not None),
        ("logit_bias", bool(params.logit_bias)),
        ("response_format", params.grammar is not None),
        ("tools", bool(params.tools)),
    ):
        if asked:
            raise BadRequest(
                "unsupported_parameter",
                f"{name} is not supported by {model.model_id}, which is no language model; leave it out.",
                param=name,
            )
