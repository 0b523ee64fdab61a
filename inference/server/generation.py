"""Chat and plain completions, whole or streamed. Knows OpenAI's envelopes; nothing of how the text comes about."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from inference.errors import BadRequest, DeadlineMissed
from inference.request import Piece, Turn
from inference.server.admission import Size
from inference.server.answering import Answering, Asked
from inference.server.catalogue import Catalogue
from inference.server.choices import ChatShape, CompletionShape, Said, Shape, ending
from inference.server.http import Exchange
from inference.server.params import sampling_params
from inference.server.protocol import ChatRequest, CompletionRequest, Generation
from inference.server.turns import turns
from inference.server.usage import Usage
from inference.server.workflow import deadline_ms
from inference.text.model import TextModel

MAX_PROMPTS = 64


class GenerationEndpoints:
    def __init__(self, catalogue: Catalogue, answering: Answering) -> None:
        self._catalogue = catalogue
        self._answering = answering

    async def chat(self, exchange: Exchange) -> None:
        request = await exchange.read(ChatRequest)
        model = self._catalogue.text_model(request.model)
        params = sampling_params(request, model.defaults, deadline_ms(exchange.headers))
        said = turns(request.messages)
        asked = Asked(model, params, size_of(said), abort_late=abort_late(request))
        arguments = request.chat_template_kwargs or {}
        shape = ChatShape(with_reasoning=request.include_reasoning)
        async with self._answering.opened(asked, [lambda: model.chat(said, params, template_args=arguments)]) as pieces:
            await _Response(request, shape, asked.usage).answer(exchange, pieces)

    async def complete(self, exchange: Exchange) -> None:
        request = await exchange.read(CompletionRequest)
        model = self._catalogue.text_model(request.model)
        params = sampling_params(request, model.defaults, deadline_ms(exchange.headers))
        prompts = _prompts(request.prompt)
        asked = Asked(model, params, Size.of(prompts), abort_late=abort_late(request))
        echoes = await _echoes(model, prompts) if request.echo else None
        makers = [lambda prompt=prompt: model.complete(prompt) for prompt in prompts]
        async with self._answering.opened(asked, makers) as pieces:
            await _Response(request, CompletionShape(echoes, n=params.n), asked.usage).answer(exchange, pieces)


class _Response:
    """One response: its id and its two ways out."""

    def __init__(self, request: Generation, shape: Shape, usage: Usage) -> None:
        self._shape = shape
        self._usage = usage
        self._streams = request.stream
        self._with_usage = request.stream_options is not None and request.stream_options.include_usage
        self._frame = {"id": f"{shape.prefix}-{uuid.uuid4().hex}", "created": int(time.time()), "model": request.model}

    async def answer(self, exchange: Exchange, pieces: AsyncIterator[Piece]) -> None:
        await (self._stream(exchange, pieces) if self._streams else self._send_whole(exchange, pieces))

    async def _send_whole(self, exchange: Exchange, pieces: AsyncIterator[Piece]) -> None:
        answers: dict[int, Said] = {}
        async for piece in pieces:
            refuse_late(piece)
            answers.setdefault(piece.index, Said()).add(piece)
        choices = [
            {"index": index, **self._shape.complete(index, answers[index]), **ending(answers[index].last)}
            for index in sorted(answers)
        ]
        await exchange.send_json(
            {**self._frame, "object": self._shape.whole, "choices": choices, "usage": self._usage.openai()}
        )

    async def _stream(self, exchange: Exchange, pieces: AsyncIterator[Piece]) -> None:
        """Begin only when there is something to say: what fails before that is answered with its own status."""
        opened: set[int] = set()
        async for piece in pieces:
            if not opened:
                refuse_late(piece)
            if piece.index not in opened:
                opened.add(piece.index)
                await self._send_choice(exchange, piece.index, self._shape.first(piece.index))
            await self._send_choice(exchange, piece.index, self._shape.delta(piece))
            if piece.finish_reason is not None:
                await self._send_choice(exchange, piece.index, {**self._shape.last(), **ending(piece)})
        if self._with_usage:
            await self._send(exchange, {"choices": [], "usage": self._usage.openai()})
        await exchange.end_stream()

    async def _send_choice(self, exchange: Exchange, index: int, choice: dict[str, Any] | None) -> None:
        if choice is None:
            return
        chunk: dict[str, Any] = {"choices": [{"index": index, "finish_reason": None, **choice}]}
        await self._send(exchange, {**chunk, "usage": None} if self._with_usage else chunk)

    async def _send(self, exchange: Exchange, chunk: dict[str, Any]) -> None:
        await exchange.send_event(msgspec.json.encode({**self._frame, "object": self._shape.chunk, **chunk}))


def refuse_late(piece: Piece) -> None:
    """Raise DeadlineMissed for an answer that was given up before it began."""
    if piece.finish_reason == "abort":
        raise DeadlineMissed(
            "deadline_missed", "The request waited past its X-Request-Deadline-Ms and was given up unanswered."
        )


def abort_late(request: Generation) -> bool:
    """Does the caller want an answer ended at its deadline though it is under way?"""
    return request.workflow is not None and request.workflow.abort_late


def size_of(said: Sequence[Turn]) -> Size:
    """Of a conversation, as far as its turns go; what a template adds shows when it is tokenized."""
    n_chars = sum(len(turn.content) for turn in said)
    return Size(n_chars, n_chars)


def _prompts(given: str | list[str | int | list[int]]) -> list[str | list[int]]:
    """One prompt or many, each a text or token ids; a flat list of ids is one prompt."""
    if isinstance(given, str):
        return [given]
    ids = [entry for entry in given if isinstance(entry, int)]
    if ids and len(ids) == len(given):
        return [ids]
    if ids or not 1 <= len(given) <= MAX_PROMPTS:
        raise BadRequest(
            "invalid_field",
            f"prompt is a text, token ids, or a list of 1 to {MAX_PROMPTS} of either.",
            param="prompt",
        )
    return [entry for entry in given if not isinstance(entry, int)]


async def _echoes(model: TextModel, prompts: list[str | list[int]]) -> list[str]:
    return [prompt if isinstance(prompt, str) else await model.detokenize(prompt) for prompt in prompts]
