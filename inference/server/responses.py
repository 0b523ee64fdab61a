"""The responses endpoint, whole or as events. Stateless: a response is forgotten when it is sent.

Knows the envelope; the items in it are `response_items`, the request is `response_input`.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from inference.errors import InferenceError
from inference.request import Piece, SamplingParams
from inference.server.answering import Answering, Asked
from inference.server.catalogue import Catalogue
from inference.server.generation import abort_late, refuse_late, size_of
from inference.server.http import Exchange
from inference.server.params import sampling_params
from inference.server.response_input import ResponsesRequest, as_chat
from inference.server.response_items import ResponseOutput
from inference.server.turns import turns
from inference.server.usage import Usage
from inference.server.workflow import deadline_ms


class ResponsesEndpoint:
    def __init__(self, catalogue: Catalogue, answering: Answering) -> None:
        self._catalogue = catalogue
        self._answering = answering

    async def respond(self, exchange: Exchange) -> None:
        request = await exchange.read(ResponsesRequest)
        chat = as_chat(request)
        model = self._catalogue.text_model(request.model)
        params = sampling_params(chat, model.defaults, deadline_ms(exchange.headers))
        said = turns(chat.messages)
        asked = Asked(model, params, size_of(said), abort_late=abort_late(chat))
        response = _Response(request, params, asked.usage)
        async with self._answering.opened(asked, [lambda: model.chat(said, params, template_args={})]) as pieces:
            await (response.stream(exchange, pieces) if request.stream else response.send(exchange, pieces))


class _Response:
    """One response and how it stands."""

    def __init__(self, request: ResponsesRequest, params: SamplingParams, usage: Usage) -> None:
        self._usage = usage
        self._output = ResponseOutput()
        self._last = Piece("")
        self._n_events = 0
        self._echo: dict[str, Any] = {
            "id": f"resp_{uuid.uuid4().hex}",
            "object": "response",
            "created_at": int(time.time()),
            "model": request.model,
            "error": None,
            "instructions": request.instructions,
            "max_output_tokens": request.max_output_tokens,
            "metadata": request.metadata or {},
            "parallel_tool_calls": params.parallel_tool_calls,
            "previous_response_id": None,
            "reasoning": request.reasoning or {},
            "store": False,
            "temperature": params.temperature,
            "text": request.text or {"format": {"type": "text"}},
            "tool_choice": request.tool_choice or "auto",
            "tools": request.tools or [],
            "top_p": params.top_p,
            "truncation": "disabled",
        }

    async def send(self, exchange: Exchange, pieces: AsyncIterator[Piece]) -> None:
        async for piece in pieces:
            refuse_late(piece)
            self._output.add(piece)
            self._last = piece
        self._output.close()
        await exchange.send_json(self._ended())

    async def stream(self, exchange: Exchange, pieces: AsyncIterator[Piece]) -> None:
        """Begin with the first piece: what fails before that is answered with its own status."""
        try:
            async for piece in pieces:
                if not self._n_events:
                    refuse_late(piece)
                    await self._send(exchange, {"type": "response.created", "response": self._begun()})
                    await self._send(exchange, {"type": "response.in_progress", "response": self._begun()})
                for event in self._output.add(piece):
                    await self._send(exchange, event)
                self._last = piece
        except InferenceError as error:
            if not self._n_events:
                raise
            fault = {**self._begun(), "status": "failed", "error": {"code": error.code, "message": error.message}}
            await self._send(exchange, {"type": "response.failed", "response": fault})
        else:
            for event in self._output.close():
                await self._send(exchange, event)
            ended = self._ended()
            await self._send(exchange, {"type": f"response.{ended['status']}", "response": ended})
        await exchange.end_stream()

    def _begun(self) -> dict[str, Any]:
        return {**self._echo, "status": "in_progress", "output": [], "usage": None, "incomplete_details": None}

    def _ended(self) -> dict[str, Any]:
        cut = self._last.finish_reason == "length"
        return {
            **self._echo,
            "status": "incomplete" if cut else "completed",
            "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
            "output": self._output.items,
            "usage": self._usage.responses(),
        }

    async def _send(self, exchange: Exchange, event: dict[str, Any]) -> None:
        await exchange.send_event(msgspec.json.encode({**event, "sequence_number": self._n_events}))
        self._n_events += 1
