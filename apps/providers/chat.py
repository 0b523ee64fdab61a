"""One streamed chat call: timed, bounded, tried a second time only while nothing has arrived.

Knows the faults of networks and their time limits, no database. Closing the iterator closes the connection at once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import msgspec

from apps.providers import errors, wire
from apps.providers.endpoints import Endpoint
from weft.http import egress
from weft.http.sse import SseEvent, SseFramer, SseTooLarge
from workflows import openai_wire
from workflows.errors import ModelError
from workflows.ports import ChatChunk, ChatRequest

logger = logging.getLogger(__name__)

_MAX_BODY = 4 * 1024 * 1024
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. A prompt may be long and a small machine slow, so the first token may take much longer than the next."""

    first_token_s: float = 120.0
    next_token_s: float = 30.0
    total_s: float = 600.0
    retry_delay_s: float = 0.5


DEFAULT_TIMEOUTS = Timeouts()


async def stream_chat(
    endpoint: Endpoint,
    request: ChatRequest,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
    more: Mapping[str, Any] = _NOTHING,
) -> AsyncGenerator[ChatChunk, None]:
    """The reply's chunks; usage always arrives, estimated when the server gave none. `more` are fields of the body
    that only this server knows; they win over the request's. Raises ModelError.
    """
    include_usage = True
    for attempt in (1, 2):
        begun = False
        try:
            async with aclosing(_once(endpoint, request, timeouts, more, include_usage=include_usage)) as chunks:
                async for chunk in chunks:
                    begun = True
                    yield chunk
                return
        except ModelError as exc:
            if begun or attempt == 2:
                raise
            if exc.code == "model_bad_request" and "stream_options" in exc.message:
                include_usage = False
            elif not exc.retryable or exc.code == "model_timeout":
                raise
            else:
                await asyncio.sleep(_delay(exc, timeouts))


def _delay(error: ModelError, timeouts: Timeouts) -> float:
    if isinstance(error, errors.RefusedError):
        return error.retry_after_s
    return timeouts.retry_delay_s * (1 + random.random())


async def _once(
    endpoint: Endpoint, request: ChatRequest, timeouts: Timeouts, more: Mapping[str, Any], *, include_usage: bool
) -> AsyncGenerator[ChatChunk, None]:
    fields = {**openai_wire.chat_body(request, include_usage=include_usage), **more}
    body = json.dumps(fields, ensure_ascii=False).encode()
    clock = _Deadlines(timeouts)
    url = f"{endpoint.base_url}/chat/completions"
    head_s = timeouts.first_token_s
    try:
        async with (
            egress.stream(
                "POST", url, headers=endpoint.headers(), data=body, policy=endpoint.policy, head_timeout_s=head_s
            ) as response,
            aclosing(_reply(response, endpoint, request, clock)) as chunks,
        ):
            async for chunk in chunks:
                yield chunk
    except egress.EgressError as exc:
        raise errors.of_egress(exc, endpoint, request.model) from exc


async def _reply(
    response: egress.Response, endpoint: Endpoint, request: ChatRequest, clock: _Deadlines
) -> AsyncGenerator[ChatChunk, None]:
    if response.status != 200:
        raise await _refusal(response, endpoint, request, clock)
    kind = response.content_type
    if kind == "application/json":
        yield await _whole(response, endpoint, request, clock)
        return
    if kind != "text/event-stream":
        raise errors.not_openai(endpoint, request.model, kind)
    said: list[str] = []
    ended = metered = False
    async for event in _events(response, endpoint, request.model, clock):
        if event.data.strip() == "[DONE]":
            ended = True
            break
        value = wire.parse(event.data)
        if value is None:
            logger.warning("%s (%s) sent a line that is no JSON; it was skipped", endpoint.name, request.model)
            continue
        if value.get("error"):
            raise errors.interrupted(endpoint, request.model, openai_wire.error_text(event.data))
        chunk = openai_wire.chunk_of(value)
        ended, metered = ended or chunk.finish_reason is not None, metered or chunk.usage is not None
        said.append(_written(chunk))
        if chunk != ChatChunk():
            clock.begun = True
            yield chunk
    if not ended:
        raise errors.interrupted(endpoint, request.model, "the connection closed")
    if not metered:
        yield ChatChunk(usage=wire.estimated_usage(request, "".join(said)))


async def _events(
    response: egress.Response, endpoint: Endpoint, model: str, clock: _Deadlines
) -> AsyncIterator[SseEvent]:
    framer = SseFramer()
    while True:
        try:
            async with asyncio.timeout(clock.left()):
                read = await response.content.readany()
        except TimeoutError as exc:
            raise errors.timed_out(endpoint, model, clock.limit(), begun=clock.begun) from exc
        except egress.BROKEN as exc:
            raise errors.interrupted(endpoint, model, str(exc) or type(exc).__name__) from exc
        try:
            events = framer.feed(read) if read else framer.finish()
        except SseTooLarge as exc:
            raise errors.interrupted(endpoint, model, str(exc)) from exc
        for event in events:
            yield event
        if not read:
            return


async def _whole(response: egress.Response, endpoint: Endpoint, request: ChatRequest, clock: _Deadlines) -> ChatChunk:
    """The reply of a server that does not stream."""
    value = wire.parse(await _text(response, endpoint, request.model, clock))
    if value is None or not value.get("choices"):
        raise errors.not_openai(endpoint, request.model, "JSON without choices")
    chunk = openai_wire.chunk_of(value)
    usage = chunk.usage or wire.estimated_usage(request, _written(chunk))
    return msgspec.structs.replace(chunk, finish_reason=chunk.finish_reason or "stop", usage=usage)


def _written(chunk: ChatChunk) -> str:
    """All that the model wrote."""
    return chunk.text + chunk.reasoning + "".join(each.name + each.arguments for each in chunk.tool_calls)


async def _refusal(
    response: egress.Response, endpoint: Endpoint, request: ChatRequest, clock: _Deadlines
) -> ModelError:
    body = await _text(response, endpoint, request.model, clock)
    error = errors.of_refusal(response.status, body, endpoint, request)
    wait = response.headers.get("Retry-After", "")
    return errors.RefusedError(error, float(wait)) if wait.isdecimal() else error


async def _text(response: egress.Response, endpoint: Endpoint, model: str, clock: _Deadlines) -> str:
    try:
        async with asyncio.timeout(clock.left()):
            body = await egress.read(response, _MAX_BODY)
    except TimeoutError as exc:
        raise errors.timed_out(endpoint, model, clock.limit(), begun=False) from exc
    except egress.EgressError as exc:
        raise errors.interrupted(endpoint, model, exc.message) from exc
    return body.decode("utf-8", "replace")


class _Deadlines:
    """How long the next read may take: to the first token, between tokens, and in all."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._started = asyncio.get_running_loop().time()
        self.begun = False

    def limit(self) -> float:
        return self._timeouts.next_token_s if self.begun else self._timeouts.first_token_s

    def left(self) -> float:
        spent = asyncio.get_running_loop().time() - self._started
        whole = self._timeouts.total_s - spent
        return max(0.0, min(whole, self.limit() if self.begun else self.limit() - spent))
