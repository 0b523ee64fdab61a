"""The query log and the hit counters: noted in Redis during the search, written to the tables in batches afterwards."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import redis
from django.db import DataError, transaction
from django.db.models import F
from django.utils import timezone

from apps.knowledge import locks
from apps.knowledge.models import Chunk, Dataset, Document, Query
from apps.knowledge.search.found import Hit, Origin
from weft.db.text import storable
from weft.events import connection

logger = logging.getLogger(__name__)

_PENDING = "knowledge:asked"
_BATCH = 500
_MAX_CHARS = 2000
# Notes that nobody takes away, while no scheduler runs, are not kept for ever.
_MAX_PENDING = 100_000
_KEPT = timedelta(days=90)


async def note(dataset_ids: Sequence[UUID], text: str, origin: Origin, hits: Sequence[Hit], elapsed_ms: float) -> None:
    """Without touching the database. A Redis that does not answer loses the note, never the answer."""
    value = {
        "datasets": [str(each) for each in dataset_ids],
        "text": storable(text)[:_MAX_CHARS],
        "origin": origin,
        "hits": [
            {
                "dataset": str(hit.dataset_id),
                "document": str(hit.document_id),
                "chunks": [str(each) for each in {hit.chunk_id, *(child.place.chunk_id for child in hit.children)}],
                "score": hit.score,
            }
            for hit in hits
        ],
        "ms": int(elapsed_ms),
    }
    try:
        pipe = connection.shared_async_client().pipeline(transaction=False)
        pipe.rpush(_PENDING, json.dumps(value))
        pipe.ltrim(_PENDING, -_MAX_PENDING, -1)
        await pipe.execute()
    except redis.RedisError:
        logger.warning("A question was not logged: Redis did not answer")


def flush() -> int:
    """Move the notes into the tables, batch by batch. Only one flush works at a time. Returns how many."""
    total = 0
    while True:
        with transaction.atomic():
            if not locks.try_lock_asked():
                return total
            batch = cast("list[bytes]", connection.client().lrange(_PENDING, 0, _BATCH - 1))
            if not batch:
                return total
            total += _stored([json.loads(each) for each in batch])
            connection.client().ltrim(_PENDING, len(batch), -1)


def forget() -> int:
    """Delete questions that are older than the log is kept. Returns how many."""
    deleted, _ = Query.objects.filter(created_at__lt=timezone.now() - _KEPT).delete()
    return deleted


def _stored(notes: Sequence[dict[str, Any]]) -> int:
    """How many of the notes the tables took. One that they refuse is dropped, so that it does not hold up the rest."""
    try:
        with transaction.atomic():
            _store(notes)
        return len(notes)
    except (DataError, ValueError, KeyError, TypeError):
        if len(notes) == 1:
            logger.exception("A note of a question cannot be stored and is dropped")
            return 0
    half = len(notes) // 2
    return _stored(notes[:half]) + _stored(notes[half:])


def _store(notes: Sequence[dict[str, Any]]) -> None:
    asked = {each for note in notes for each in note["datasets"]}
    known = Dataset.objects.filter(id__in=asked).values_list("id", flat=True)
    Query.objects.bulk_create(_row(each, note) for note in notes for each in known if str(each) in note["datasets"])
    documents: Counter[str] = Counter()
    chunks: Counter[str] = Counter()
    for note in notes:
        for hit in note["hits"]:
            documents[hit["document"]] += 1
            chunks.update(hit["chunks"])
    _count(Document, documents)
    _count(Chunk, chunks)


def _row(dataset_id: UUID, note: dict[str, Any]) -> Query:
    mine = [hit for hit in note["hits"] if hit["dataset"] == str(dataset_id)]
    return Query(
        dataset_id=dataset_id,
        text=note["text"],
        origin=note["origin"],
        top_score=mine[0]["score"] if mine else None,
        hit_count=len(mine),
        elapsed_ms=note["ms"],
    )


def _count(model: type[Document] | type[Chunk], found: Counter[str]) -> None:
    """One statement for each number of hits; rows in order of their ids, so that two writers never wait in a ring."""
    for number in sorted(set(found.values())):
        ids = sorted(key for key, count in found.items() if count == number)
        rows = model._default_manager.select_for_update().filter(id__in=ids).order_by("id")
        living = list(rows.values_list("id", flat=True))
        model._default_manager.filter(id__in=living).update(hit_count=F("hit_count") + number)
