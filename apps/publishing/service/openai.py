"""A published app as an OpenAI model: /v1/chat/completions and /v1/models.

Unlike Dify's surface, a client that goes away stops the run: that is what OpenAI's clients mean by closing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.text import slugify

from apps.publishing import turns
from apps.publishing.callers import Caller
from apps.publishing.service.dify_events import PAUSED, TERMINAL
from apps.publishing.service.http import endpoint, read_json
from apps.publishing.service.openai_codec import (
    Completion,
    Reply,
    Voice,
    content_of,
    error_envelope,
    links_of,
    read_request,
)
from apps.publishing.service.sse import COMMENT_PING, data_frame, event_stream
from apps.runs import services as runs
from apps.runs.models import Source
from apps.runs.streams import tail_run
from weft.db.aio import call_db
from weft.http.errors import WeftError

DONE = b"data: [DONE]\n\n"


def model_id(*, name: str, app_id: str) -> str:
    """An app's name as OpenAI's clients see it; stable while the name is."""
    return slugify(name, allow_unicode=True) or app_id


async def create(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    model = model_id(name=caller.name, app_id=caller.app_id)
    asked = read_request(read_json(request), model=model, aliases={caller.app_id, caller.name})
    run_id = await call_db(
        turns.begin_run,
        caller,
        inputs=_inputs(caller, asked),
        end_user=asked.end_user,
        source=Source.OPENAI,
        query=asked.query,
        history=asked.history,
    )
    reply = Reply(run_id, model, int(time.time()))
    if asked.is_streaming:
        return event_stream(_frames(caller, asked, reply), ping=COMMENT_PING)
    return JsonResponse(await _whole(caller, reply), json_dumps_params={"ensure_ascii": False})


def _inputs(caller: Caller, asked: Completion) -> dict[str, Any]:
    """A workflow app takes the last message as its first required text variable, unless `inputs` names it."""
    if caller.mode == "chat":
        return asked.inputs
    texts = [item["name"] for item in caller.start_variables if item.get("type", "text") in {"text", "paragraph"}]
    return ({texts[0]: asked.query} if texts else {}) | asked.inputs


async def _whole(caller: Caller, reply: Reply) -> dict[str, Any]:
    try:
        voice = Voice()
        async for event in tail_run(reply.run_id, 0):
            voice.hear(event)
            if event["type"] == PAUSED:
                return reply.whole(voice.answer + links_of(event, reply.run_id, caller.node_titles), {})
            if event["type"] in TERMINAL:
                _raise_failure(event)
                return reply.whole(content_of(event, caller.mode), event.get("usage") or {})
    except asyncio.CancelledError:
        await asyncio.shield(call_db(runs.stop_run, reply.run_id))
        raise
    raise WeftError(code="internal_server_error", message="The run's log ended without an end.", status=500)


def _raise_failure(event: Any) -> None:
    if event["type"] == "run_failed":
        error = event["error"]
        status = 429 if error["code"] == "model_rate_limited" else 502 if error["code"].startswith("model_") else 400
        raise WeftError(code=error["code"], message=error["message"], status=status)


async def _frames(caller: Caller, asked: Completion, reply: Reply) -> AsyncIterator[bytes]:
    is_over = False
    try:
        yield data_frame(reply.chunk({"role": "assistant", "content": ""}))
        voice = Voice()
        async for event in tail_run(reply.run_id, 0):
            if caller.answers_in_text and (text := voice.hear(event)):
                yield data_frame(reply.chunk({"content": text}))
            if event["type"] in TERMINAL:
                is_over = True
                for frame in _last_frames(event, caller, asked, reply, voice):
                    yield frame
                return
    finally:
        if not is_over:
            await asyncio.shield(call_db(runs.stop_run, reply.run_id))


def _last_frames(event: Any, caller: Caller, asked: Completion, reply: Reply, voice: Voice) -> list[bytes]:
    try:
        _raise_failure(event)
    except WeftError as error:
        return [data_frame(error_envelope(error)), DONE]
    frames = []
    if event["type"] == PAUSED:
        frames.append(data_frame(reply.chunk({"content": links_of(event, reply.run_id, caller.node_titles)})))
    elif rest := voice.end(content_of(event, caller.mode)):
        frames.append(data_frame(reply.chunk({"content": rest})))
    frames.append(data_frame(reply.chunk({}, finish_reason="stop")))
    if asked.includes_usage:
        frames.append(data_frame(reply.usage_chunk(event.get("usage") or {})))
    return [*frames, DONE]


def _model(caller: Caller) -> dict[str, Any]:
    return {
        "id": model_id(name=caller.name, app_id=caller.app_id),
        "object": "model",
        "created": 0,
        "owned_by": "weft",
        "name": caller.name,
    }


async def list_models(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    return JsonResponse({"object": "list", "data": [_model(caller)]}, json_dumps_params={"ensure_ascii": False})


async def get_model(request: HttpRequest, caller: Caller, model: str) -> HttpResponseBase:
    entry = _model(caller)
    if model not in {entry["id"], caller.app_id}:
        raise WeftError(
            code="model_not_found", message=f"The model {model!r} does not exist.", status=404, field="model"
        )
    return JsonResponse(entry, json_dumps_params={"ensure_ascii": False})


completions_view = endpoint(dialect=error_envelope, POST=create)
models_view = endpoint(dialect=error_envelope, GET=list_models)
model_view = endpoint(dialect=error_envelope, GET=get_model)
