from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import transaction
from pytest_django import Settings

from apps.usage.locks import try_lock_flush
from apps.usage.models import ModelUsage
from apps.usage.services import Usage, flush, note
from tests.cast import Cast
from weft.db.aio import release
from weft.events import connection


def note_all(*usages: Usage) -> None:
    """In an event loop of its own, as a process has one."""

    async def work() -> None:
        for each in usages:
            await note(each)
        await connection.close_shared_async_client()

    asyncio.run(work())


@pytest.fixture
def usage(cast: Cast) -> Usage:
    return Usage(str(cast.workspace.id), "acme", "m-1", prompt_tokens=3, completion_tokens=2, node_id="llm")


def test_notes_become_rows_in_batches(cast: Cast, clean_redis: str, usage: Usage) -> None:
    note_all(*(replace(usage, prompt_tokens=number) for number in range(3)))
    assert not ModelUsage.objects.exists()

    assert (flush(), flush()) == (3, 0)

    rows = ModelUsage.objects.order_by("prompt_tokens").values_list("workspace_id", "model", "node_id", "prompt_tokens")
    assert list(rows) == [(cast.workspace.id, "m-1", "llm", number) for number in range(3)]


def test_a_note_that_no_row_can_hold_does_not_stop_the_others(cast: Cast, clean_redis: str, usage: Usage) -> None:
    note_all(replace(usage, model="x" * 500), usage, replace(usage, prompt_tokens=2**40))

    assert flush() == 1
    assert connection.client().llen("usage:pending") == 0
    assert list(ModelUsage.objects.values_list("model", "prompt_tokens")) == [("m-1", 3)]


def test_two_flushes_at_once_move_a_note_once(
    cast: Cast, clean_redis: str, usage: Usage, transactional_db: None
) -> None:
    note_all(usage)

    def flush_beside() -> int:
        try:
            return flush()
        finally:
            release()

    with ThreadPoolExecutor(1) as beside, transaction.atomic():
        assert try_lock_flush()
        assert beside.submit(flush_beside).result() == 0

    assert (flush(), ModelUsage.objects.count()) == (1, 1)


def test_a_redis_that_is_away_costs_the_note_and_not_the_answer(settings: Settings, usage: Usage) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    note_all(usage)


def test_notes_share_a_connection_and_a_lost_one_is_replaced(clean_redis: str, usage: Usage) -> None:
    async def client_id() -> int:
        return int(await connection.shared_async_client().client_id())

    async def work() -> None:
        own = await client_id()
        await note(usage)
        await note(usage)
        assert await client_id() == own

        connection.client().execute_command("CLIENT", "KILL", "ID", own)
        await note(usage)
        assert await client_id() != own
        await connection.close_shared_async_client()

    asyncio.run(work())

    assert connection.client().llen("usage:pending") == 3
