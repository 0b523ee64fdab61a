"""Lets a request in and joins its answers into one stream of pieces.

Knows admission, deadlines and counting; nothing of JSON.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from inference.errors import BadRequest, DeadlineMissed
from inference.request import Piece, SamplingParams
from inference.server.admission import Admission, Size, Ticket
from inference.server.metrics import Meter, Metrics
from inference.server.usage import Usage
from inference.text.merging import merged
from inference.text.model import Answer, TextModel


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request asks of one model."""

    model: TextModel
    params: SamplingParams
    size: Size
    """Of all its prompts."""
    abort_late: bool = False
    usage: Usage = field(default_factory=Usage)


class Answering:
    def __init__(self, admission: Admission, metrics: Metrics) -> None:
        self._admission = admission
        self._metrics = metrics
        self._open: Counter[str] = Counter()

    def n_open(self, queue: str) -> int:
        """Requests to the models of a queue that are under way, those included whose prompts are still being read."""
        return self._open[queue]

    @asynccontextmanager
    async def opened(
        self, asked: Asked, makers: Sequence[Callable[[], Awaitable[Answer]]]
    ) -> AsyncIterator[AsyncIterator[Piece]]:
        """The pieces of all answers as they come, those of prompt i numbered from i * n; `asked.usage` is kept.

        Leaving the block, for whatever reason, frees all that the answers hold.
        """
        model, params = asked.model, asked.params
        _refuse_unsupported(model, params)
        _refuse_too_many(model, len(makers) * params.n)
        meter = self._metrics.meter(model.model_id, params.hints.node_key)
        with (
            self._present(model.queue),
            self._admission.admitted(
                model.queue,
                size=asked.size,
                max_model_len=model.max_model_len,
                tenant=params.salt,
                deadline_ms=params.drop_after_ms,
            ) as ticket,
        ):
            answers = [await make() for make in makers]
            asked.usage.prompt = sum(answer.n_prompt_tokens for answer in answers)
            ticket.measured(asked.usage.prompt)
            self._metrics.prompt_tokens.labels(model.model_id).inc(asked.usage.prompt)
            streams = [answer.pieces(params) for answer in answers]
            limit_s = params.drop_after_ms / 1000 if asked.abort_late and params.drop_after_ms is not None else None
            async with _in_time(limit_s), aclosing(merged(streams, params.n)) as pieces:
                yield self._counted(pieces, asked, ticket, meter)

    @contextmanager
    def _present(self, queue: str) -> Iterator[None]:
        self._open[queue] += 1
        try:
            yield
        finally:
            self._open[queue] -= 1

    async def _counted(
        self, pieces: AsyncIterator[Piece], asked: Asked, ticket: Ticket, meter: Meter
    ) -> AsyncIterator[Piece]:
        async for piece in pieces:
            if piece.n_tokens:
                ticket.begun()
            asked.usage.add(piece, asked.params.n)
            meter.observe(piece, time.monotonic())
            yield piece


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


def _refuse_too_many(model: TextModel, n_answers: int) -> None:
    """To come again later would help nobody who asks for more than can ever wait."""
    if model.max_answers is not None and n_answers > model.max_answers:
        raise BadRequest(
            "too_many_answers",
            f"The request asks for {n_answers} answers; {model.model_id} lets {model.max_answers} wait. Send fewer "
            "prompts at a time, or a lower n.",
            param="n",
        )


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
