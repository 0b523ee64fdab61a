"""Chat and plain completions, whole or streamed, in OpenAI's shapes. Knows nothing of how the text comes about."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Protocol

import msgspec

from inference.errors import BadRequest
from inference.request import Piece, SamplingParams
from inference.server.catalogue import Catalogue
from inference.server.http import Exchange
from inference.server.metrics import Metrics
from inference.server.params import sampling_params, turns
from inference.server.protocol import ChatRequest, CompletionRequest, Generation
from inference.text.model import Answer


class Shape(Protocol):
    """How one endpoint dresses text: chat messages or plain choices."""

    prefix: str
    whole: str
    chunk: str

    def first(self) -> dict[str, Any] | None:
        """The choice of the opening chunk, if the endpoint has one."""
        ...

    def delta(self, text: str) -> dict[str, Any]: ...

    def last(self) -> dict[str, Any]: ...

    def complete(self, text: str) -> dict[str, Any]: ...


class ChatShape:
    prefix, whole, chunk = "chatcmpl", "chat.completion", "chat.completion.chunk"

    def first(self) -> dict[str, Any] | None:
        return {"delta": {"role": "assistant", "content": ""}}

    def delta(self, text: str) -> dict[str, Any]:
        return {"delta": {"content": text}}

    def last(self) -> dict[str, Any]:
        return {"delta": {}}

    def complete(self, text: str) -> dict[str, Any]:
        return {"message": {"role": "assistant", "content": text}}


class CompletionShape:
    prefix, whole, chunk = "cmpl", "text_completion", "text_completion"

    def first(self) -> dict[str, Any] | None:
        return None

    def delta(self, text: str) -> dict[str, Any]:
        return {"text": text}

    def last(self) -> dict[str, Any]:
        return {"text": ""}

    def complete(self, text: str) -> dict[str, Any]:
        return {"text": text}


class GenerationEndpoints:
    def __init__(self, catalogue: Catalogue, metrics: Metrics) -> None:
        self._catalogue = catalogue
        self._metrics = metrics

    async def chat(self, exchange: Exchange) -> None:
        request = await exchange.read(ChatRequest)
        model = self._catalogue.text_model(request.model)
        params = sampling_params(request, model.defaults)
        answer = await model.chat(turns(request.messages), params, template_args=request.chat_template_kwargs or {})
        await self._answer(exchange, request, answer, params, ChatShape())

    async def complete(self, exchange: Exchange) -> None:
        request = await exchange.read(CompletionRequest)
        model = self._catalogue.text_model(request.model)
        params = sampling_params(request, model.defaults)
        answer = await model.complete(_one_prompt(request.prompt))
        await self._answer(exchange, request, answer, params, CompletionShape())

    async def _answer(
        self, exchange: Exchange, request: Generation, answer: Answer, params: SamplingParams, shape: Shape
    ) -> None:
        self._metrics.prompt_tokens.labels(request.model).inc(answer.n_prompt_tokens)
        response = _Response(request, shape, answer.n_prompt_tokens)
        async with aclosing(answer.pieces(params)) as pieces:
            counted = self._counted(pieces, response)
            await (response.stream(exchange, counted) if request.stream else response.send(exchange, counted))

    async def _counted(self, pieces: AsyncIterator[Piece], response: _Response) -> AsyncIterator[Piece]:
        started = time.monotonic()
        waiting = True
        async for piece in pieces:
            if waiting and piece.text:
                self._metrics.first_token_seconds.labels(response.model).observe(time.monotonic() - started)
                waiting = False
            self._metrics.generation_tokens.labels(response.model).inc(piece.n_tokens)
            response.n_tokens += piece.n_tokens
            yield piece


class _Response:
    """One response: its id, its running token count, its two ways out."""

    def __init__(self, request: Generation, shape: Shape, n_prompt_tokens: int) -> None:
        self.model = request.model
        self.n_tokens = 0
        self._shape = shape
        self._n_prompt_tokens = n_prompt_tokens
        self._with_usage = request.stream_options is not None and request.stream_options.include_usage
        self._frame = {"id": f"{shape.prefix}-{uuid.uuid4().hex}", "created": int(time.time()), "model": request.model}

    async def send(self, exchange: Exchange, pieces: AsyncIterator[Piece]) -> None:
        text, reason = "", None
        async for piece in pieces:
            text += piece.text
            reason = piece.finish_reason
        choice = {"index": 0, **self._shape.complete(text), "logprobs": None, "finish_reason": reason}
        await exchange.send_json(
            {**self._frame, "object": self._shape.whole, "choices": [choice], "usage": self._usage()}
        )

    async def stream(self, exchange: Exchange, pieces: AsyncIterator[Piece]) -> None:
        """Begin only when there is something to say: what fails before that is answered with its own status."""
        opened = False
        async for piece in pieces:
            if not opened:
                await self._open(exchange)
                opened = True
            if piece.text:
                await self._send_choice(exchange, self._shape.delta(piece.text), None)
            if piece.finish_reason is not None:
                await self._send_choice(exchange, self._shape.last(), piece.finish_reason)
        if self._with_usage:
            await self._send(exchange, {"choices": [], "usage": self._usage()})
        await exchange.end_stream()

    async def _open(self, exchange: Exchange) -> None:
        first = self._shape.first()
        if first is not None:
            await self._send_choice(exchange, first, None)

    async def _send_choice(self, exchange: Exchange, choice: dict[str, Any], reason: str | None) -> None:
        chunk: dict[str, Any] = {"choices": [{"index": 0, **choice, "logprobs": None, "finish_reason": reason}]}
        await self._send(exchange, {**chunk, "usage": None} if self._with_usage else chunk)

    async def _send(self, exchange: Exchange, chunk: dict[str, Any]) -> None:
        await exchange.send_event(msgspec.json.encode({**self._frame, "object": self._shape.chunk, **chunk}))

    def _usage(self) -> dict[str, int]:
        total = self._n_prompt_tokens + self.n_tokens
        return {"prompt_tokens": self._n_prompt_tokens, "completion_tokens": self.n_tokens, "total_tokens": total}


def _one_prompt(prompt: str | list[str | int | list[int]]) -> str | list[int]:
    """The only prompt of a completion request; many prompts in one request are refused rather than answered in part."""
    if isinstance(prompt, str):
        return prompt
    if len(prompt) == 1 and not isinstance(prompt[0], int):
        return prompt[0]
    ids = [token for token in prompt if isinstance(token, int)]
    if ids and len(ids) == len(prompt):
        return ids
    raise BadRequest(
        "unsupported_parameter",
        "prompt must be one text or one list of token ids; send one request a prompt.",
        param="prompt",
    )
