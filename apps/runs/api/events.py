"""A run's events as server-sent events: plain asynchronous Django, for DRF cannot stream.

Knows frames and cursors; which events there are is `streams`' business.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import assert_never
from uuid import UUID

import msgspec
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from apps.accounts.services import actor_for_user
from apps.runs.models import Run
from apps.runs.privacy import is_hidden_from, withheld_data
from apps.runs.selectors import get_run
from apps.runs.streams import Reset, Tick, tail
from weft.db.aio import call_db
from weft.events.entry import Entry
from weft.http import sse
from weft.http.errors import WeftError, error_response, invalid


async def run_events(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """`GET /runs/{id}/events?after=N`: `id:` is the event's seq, so a browser reconnects by itself where it was."""
    try:
        after = cursor_of(request)
        hidden_run = await call_db(_hidden_run, request, run_id)
    except WeftError as error:
        return error_response(error)
    return StreamingHttpResponse(frames(str(run_id), after, hidden_run), headers=sse.HEADERS)


async def frames(run_id: str, after: int, hidden_run: Run | None = None) -> AsyncGenerator[bytes, None]:
    """The stream's bytes. Begins at once, so that proxies and clients see it open. `hidden_run` is the run where its
    values are kept back from the reader."""
    yield sse.HEARTBEAT
    async with aclosing(tail(run_id, after)) as items:
        async for item in items:
            match item:
                case Entry(seq=seq, data=data):
                    yield sse.encode(withheld_data(hidden_run, data) if hidden_run else data, id=seq)
                case Tick():
                    yield sse.HEARTBEAT
                case Reset(after=last):
                    yield sse.encode(msgspec.json.encode({"after": last}), event="reset", id=last)
                case _:
                    assert_never(item)


def cursor_of(request: HttpRequest) -> int:
    """`Last-Event-ID` (a reconnecting browser knows best), else `after`, else the beginning."""
    text = request.headers.get("Last-Event-ID") or request.GET.get("after") or "0"
    if not text.isdecimal():
        raise invalid("after", f"after must be the seq of an event, not {text!r}.")
    return int(text)


def _hidden_run(request: HttpRequest, run_id: UUID) -> Run | None:
    """The run where the reader may not read its values. Raises 404 where it is none of theirs."""
    actor = actor_for_user(request.user)
    run = get_run(actor.workspace_id, run_id)
    return run if is_hidden_from(actor, run) else None
