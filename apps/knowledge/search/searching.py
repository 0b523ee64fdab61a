"""The function itself. Every way to search a dataset ends here, so all of them find the same."""

from __future__ import annotations

import time
from dataclasses import replace
from uuid import UUID

from apps.knowledge.search import asked, targets
from apps.knowledge.search.arranging import arrange
from apps.knowledge.search.found import Found, Request
from apps.knowledge.search.gathering import gather
from apps.knowledge.search.questions import Wordings
from apps.knowledge.search.trace import Trace
from weft.db.aio import call_db, release
from weft.db.text import storable
from weft.events import connection
from weft.http import egress


def search(workspace_id: UUID, request: Request) -> Found:
    """The best passages, best first. Raises RetrievalError, and WeftError for settings that are none. Holds no
    database connection while models and stores answer."""
    release()

    async def work() -> Found:
        try:
            return await search_async(workspace_id, request)
        finally:
            await close()

    return egress.run_sync(work)


async def close() -> None:
    """For loops that end before their process does."""
    await connection.close_shared_async_client()


async def search_async(workspace_id: UUID, request: Request) -> Found:
    """The same from asynchronous code."""
    trace = await traced(workspace_id, request)
    if request.origin is not None and trace.wordings.question:
        ids = [target.id for target in trace.targets]
        await asked.note(ids, request.query.strip(), request.origin, trace.hits, trace.funnel.ms)
    return trace.found()


async def traced(workspace_id: UUID, request: Request) -> Trace:
    """The same with all that it came by, and outside the query log."""
    started = time.monotonic()
    # what databases, caches and models cannot take is not searched for
    request = replace(
        request, query=storable(request.query), history=storable([dict(turn) for turn in request.history])
    )
    found = await call_db(targets.load, workspace_id, request.dataset_ids, request.readers)
    settings = targets.settings_for(found, request)
    trace = Trace(workspace_id, found, settings, Wordings(request.query.strip()))
    if trace.wordings.question and found:
        await gather(trace, request)
        await arrange(trace)
    trace.funnel.ms = round((time.monotonic() - started) * 1000, 1)
    return trace
