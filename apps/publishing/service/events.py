"""GET /v1/workflow/{run_id}/events: come back to a run whose stream was lost, from a cursor."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.conversations.models import Message
from apps.publishing.callers import Caller
from apps.publishing.errors import InvalidParam, NotFound
from apps.publishing.service.chat import frames
from apps.publishing.service.dify_events import DifyStream, Header
from apps.publishing.service.http import endpoint
from apps.publishing.service.sse import event_stream
from apps.runs import services as runs
from apps.runs.models import Status
from weft.db.aio import call_db

AT_REST = {Status.FINISHED, Status.FAILED, Status.STOPPED, Status.PAUSED}


class Found(NamedTuple):
    header: Header
    is_at_rest: bool
    last_seq: int


async def events(request: HttpRequest, caller: Caller, run_id: str) -> HttpResponseBase:
    """Everything after `after` (the `seq` of the last payload that arrived), or after Last-Event-ID.

    Without a cursor: what happens from now on, and for a run that has ended or waits its end or its pause;
    `include_state_snapshot=true` begins at the beginning. `continue_on_pause=true` waits through pauses.
    """
    user = request.GET.get("user", "")
    if not user:
        raise InvalidParam("Arg user must be provided.", field="user")
    found = await call_db(_find, caller, run_id, user)
    stream, after = DifyStream(found.header), _cursor(request, found)
    through_pauses = _is_true(request, "continue_on_pause")
    return event_stream(frames(stream, found.header.run_id, after, through_pauses=through_pauses))


def _cursor(request: HttpRequest, found: Found) -> int:
    text = request.headers.get("Last-Event-ID") or request.GET.get("after") or ""
    if text:
        if not (text.isascii() and text.isdecimal()):
            raise InvalidParam("after must be the seq of an event.", field="after")
        return int(text)
    if _is_true(request, "include_state_snapshot"):
        return 0
    return found.last_seq - 1 if found.is_at_rest else found.last_seq


def _is_true(request: HttpRequest, name: str) -> bool:
    return request.GET.get(name, "").lower() in {"true", "1"}


def _find(caller: Caller, run_id: str, user: str) -> Found:
    run = runs.find_run(run_id, app_id=caller.app_id)
    if run is None or run.end_user != user:
        raise NotFound("Workflow run")
    message = Message.objects.filter(run=run).first()
    header = Header(
        run_id=str(run.pk),
        version_id=str(run.version_id or ""),
        created_at=int(run.created_at.timestamp()),
        titles=caller.node_titles,
        shows_sources=caller.shows_sources,
        message_id=str(message.pk) if message else "",
        conversation_id=str(message.conversation_id) if message else "",
    )
    return Found(header, run.status in AT_REST, run.last_seq)


events_view = endpoint(GET=events)
