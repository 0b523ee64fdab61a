"""Recording what model calls cost: noted in Redis during the call, written to the table in batches afterwards."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from typing import cast
from uuid import UUID

import redis
from django.db import DataError, transaction

from apps.usage.locks import try_lock_flush
from apps.usage.models import ModelUsage
from weft.events import connection

logger = logging.getLogger(__name__)

_PENDING = "usage:pending"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Usage:
    """One model call. Ids are strings because this value travels as JSON."""

    workspace_id: str
    provider: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    run_id: str | None = None
    node_id: str = ""


async def note(usage: Usage) -> None:
    """Note a call without touching the database. A Redis that does not answer loses the note, never the answer."""
    try:
        await connection.shared_async_client().rpush(_PENDING, json.dumps(asdict(usage)))
    except redis.RedisError:
        logger.warning("Usage of %s/%s was not recorded: Redis did not answer", usage.provider, usage.model)


def flush() -> int:
    """Move the notes into the table, batch by batch; a batch's rows and its removal stand or fall together.

    Only one flush works at a time. A note that no row can hold is dropped with a line in the log.
    """
    total = 0
    while True:
        with transaction.atomic():
            if not try_lock_flush():
                return total
            batch = cast("list[bytes]", connection.client().lrange(_PENDING, 0, _BATCH - 1))
            if not batch:
                return total
            total += _store([_row(Usage(**json.loads(each))) for each in batch])
            connection.client().ltrim(_PENDING, len(batch), -1)


def _store(rows: list[ModelUsage]) -> int:
    """How many of them could be stored."""
    try:
        with transaction.atomic():
            return len(ModelUsage.objects.bulk_create(rows))
    except DataError as error:
        if len(rows) > 1:
            return sum(_store([row]) for row in rows)
        logger.error("A note of %s/%s was dropped: %s", rows[0].provider[:60], rows[0].model[:60], error)
        return 0


def _row(usage: Usage) -> ModelUsage:
    return ModelUsage(
        workspace_id=UUID(usage.workspace_id),
        provider=usage.provider,
        model=usage.model,
        run_id=UUID(usage.run_id) if usage.run_id else None,
        node_id=usage.node_id,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
    )
