from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from pytest_django import Settings

from apps.usage.models import ModelUsage
from apps.usage.services import Usage, flush, note
from tests.cast import Cast
from weft.events import connection


@pytest.fixture
def usage(cast: Cast) -> Usage:
    return Usage(str(cast.workspace.id), "acme", "m-1", prompt_tokens=3, completion_tokens=2, node_id="llm")


def test_notes_become_rows_in_batches(cast: Cast, clean_redis: str, usage: Usage) -> None:
    async def make_notes() -> None:
        for number in range(3):
            await note(replace(usage, prompt_tokens=number))

    asyncio.run(make_notes())
    assert not ModelUsage.objects.exists()

    assert (flush(), flush()) == (3, 0)

    rows = ModelUsage.objects.order_by("prompt_tokens").values_list("workspace_id", "model", "node_id", "prompt_tokens")
    assert list(rows) == [(cast.workspace.id, "m-1", "llm", number) for number in range(3)]


def test_a_note_is_kept_when_its_row_cannot_be_written(cast: Cast, clean_redis: str, usage: Usage) -> None:
    asyncio.run(note(replace(usage, model="x" * 500)))

    with pytest.raises(Exception, match="too long"):
        flush()

    assert connection.client().llen("usage:pending") == 1


def test_a_redis_that_is_away_costs_the_note_and_not_the_answer(settings: Settings, usage: Usage) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    asyncio.run(note(usage))
