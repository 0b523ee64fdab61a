"""POST /v1/chat-messages and its stop."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from apps.conversations.models import Audience
from apps.conversations.services import Question, Turn
from apps.publishing import turns
from apps.publishing.callers import Caller
from apps.publishing.errors import InvalidParam, WrongMode
from apps.publishing.service.dify_events import (
    PAUSED,
    TERMINAL,
    DifyStream,
    Header,
    metadata,
    mid_stream_code,
    paused_data,
)
from apps.publishing.service.http import endpoint, list_field, object_field, read_json, text_field
from apps.publishing.service.sse import data_frame, event_stream
from apps.runs import services as runs
from apps.runs.models import Source
from apps.runs.streams import REWOUND, tail_run, went_on
from weft.db.aio import call_db
from weft.http.errors import WeftError

BLOCKING_LIMIT_S = 600


async def create(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """Ask the app, streaming or blocking (the default). Closing the connection does not stop the run."""
    if caller.mode != "chat":
        raise WrongMode(wanted="chat")
    body = read_json(request)
    is_streaming = response_mode(body) == "streaming"
    turn = await call_db(turns.begin_turn, caller, _question(body), audience=Audience.API, source=Source.API)
    stream = DifyStream(_header(caller, turn))
    if is_streaming:
        return event_stream(frames(stream, turn.run_id))
    return JsonResponse(await _blocking(caller, turn, stream))


def response_mode(body: dict[str, Any]) -> str:
    mode = text_field(body, "response_mode") or "blocking"
    if mode not in {"blocking", "streaming"}:
        raise InvalidParam("response_mode must be blocking or streaming.", field="response_mode")
    return mode


def _question(body: dict[str, Any]) -> Question:
    conversation_id = text_field(body, "conversation_id").strip() or None
    if conversation_id is not None:
        check_uuid(conversation_id, "conversation_id")
    return Question(
        query=text_field(body, "query", required=True),
        inputs=object_field(body, "inputs"),
        end_user=text_field(body, "user", required=True),
        conversation_id=conversation_id,
        files=list_field(body, "files"),
    )


def check_uuid(text: str, field: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise InvalidParam(f"{field} must be a UUID.", field=field) from error


def _header(caller: Caller, turn: Turn) -> Header:
    return Header(
        run_id=turn.run_id,
        version_id=caller.version_id,
        created_at=int(turn.created_at.timestamp()),
        titles=caller.node_titles,
        shows_sources=caller.shows_sources,
        message_id=turn.message_id,
        conversation_id=turn.conversation_id,
    )


async def frames(
    stream: DifyStream, run_id: str, after: int = 0, *, through_pauses: bool = False
) -> AsyncIterator[bytes]:
    """The run's stream in Dify's bytes, without what follows from events up to `after`; ends with the run, or with the
    pause it is in unless told to wait `through_pauses`.

    `seq` in each payload is the cursor for `/v1/workflow/{run_id}/events?after=`. It is no `id:` line, because the
    read-loop in Dify's own README takes every line for JSON.
    """
    async for event in tail_run(run_id, 0, seen=after):
        if event["type"] == REWOUND:
            # shown like any other event; what follows is new to the reader
            after = event["seq"] - 1
        for payload in stream.translate(event):
            if event["seq"] > after:
                yield data_frame(payload | {"seq": event["seq"]})
        if event["type"] == PAUSED and (through_pauses or event["seq"] <= after or await went_on(run_id, event["seq"])):
            continue
        if event["type"] in TERMINAL:
            return


async def ended(stream: DifyStream, run_id: str) -> dict[str, Any]:
    """Follow the run to its end, or its pause, without streaming. Returns that event, or raises `run_timeout`."""
    try:
        async with asyncio.timeout(BLOCKING_LIMIT_S):
            async for event in tail_run(run_id, 0):
                stream.translate(event)
                if event["type"] in TERMINAL:
                    return event
    except TimeoutError as error:
        message = (
            f"The run has not ended within {BLOCKING_LIMIT_S} s. It goes on; read its end at "
            f"/v1/workflow/{run_id}/events, or ask with response_mode streaming."
        )
        raise WeftError("run_timeout", message, 504, details={"task_id": run_id}) from error
    raise WeftError(code="internal_server_error", message="The run's log ended without an end.", status=500)


async def _blocking(caller: Caller, turn: Turn, stream: DifyStream) -> dict[str, Any]:
    event = await ended(stream, turn.run_id)
    if event["type"] == "run_failed":
        code, status = mid_stream_code(event["error"]["code"])
        raise WeftError(code=code, message=event["error"]["message"], status=status)
    answer = event.get("answer") or stream.answer
    paused = {"event": "workflow_paused", "data": paused_data(event, stream)} if event["type"] == PAUSED else {}
    return {
        "event": "message",
        "task_id": turn.run_id,
        "id": turn.message_id,
        "message_id": turn.message_id,
        "conversation_id": turn.conversation_id,
        "mode": "advanced-chat",
        "answer": answer,
        "metadata": metadata(event, stream, answer),
        "created_at": stream.header.created_at,
        **paused,
    }


async def stop(request: HttpRequest, caller: Caller, task_id: str) -> HttpResponseBase:
    """Stop a run of this user. Always success, as Dify's clients expect; anybody else's task is left alone."""
    user = text_field(read_json(request), "user", required=True)
    await call_db(_stop, caller, task_id, user)
    return JsonResponse({"result": "success"})


def _stop(caller: Caller, task_id: str, user: str) -> None:
    run = runs.find_run(task_id, app_id=caller.app_id)
    if run is not None and run.end_user == user:
        runs.stop_run(run.pk)


create_view = endpoint(POST=create)
stop_view = endpoint(POST=stop)
