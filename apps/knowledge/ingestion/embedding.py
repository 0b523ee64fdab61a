"""Vectors of a document's chunks, batch by batch; and that the store has these and no others."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.knowledge import embedding, index, parser_process, vectors
from apps.knowledge.ingestion.hold import Hold
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Stage
from weft.db.aio import release
from weft.http import egress

_POLL_S = 0.25


def embed(hold: Hold) -> None:
    """Give every chunk that has none its vector. What this turn does not reach, another one does."""
    waiting = _searched(hold.id).filter(is_indexed=False)
    ids = list(waiting.order_by("position", "id").values_list("id", flat=True))
    done, total = embedding.counted(hold.id)
    hold.begin(Stage.EMBEDDING, done=done, total=total)
    for start in range(0, len(ids), embedding.BATCH):
        _index(hold, ids[start : start + embedding.BATCH])
        hold.breathe()


def check(hold: Hold) -> None:
    """The store may have lost vectors since they were committed, or hold some of chunks that are gone."""
    stored = egress.run_sync(lambda: _ids(hold.dataset, hold.id))
    indexed = list(_searched(hold.id).order_by("position", "id").values_list("id", flat=True))
    lost = [chunk_id for chunk_id in indexed if chunk_id not in stored]
    for start in range(0, len(lost), embedding.BATCH):
        _index(hold, lost[start : start + embedding.BATCH])
    if stored - set(indexed):
        forget_strays(hold.dataset, hold.id)


def forget_strays(dataset: Dataset, document_id: UUID) -> None:
    """Take out of the store what it has of a document and the chunk table has not."""
    stored = egress.run_sync(lambda: _ids(dataset, document_id))
    strays = list(stored - set(_searched(document_id).values_list("id", flat=True)))
    if strays:
        egress.run_sync(lambda: vectors.forget_ids(dataset, strays))


def _index(hold: Hold, ids: Sequence[UUID]) -> None:
    """Embed and store one batch, then commit that it is there. Repeating a batch replaces its vectors."""
    batch = list(_searched(hold.id).filter(id__in=ids).order_by("position", "id"))
    if batch:
        release()
        egress.run_sync(lambda: _unless_stopped(index.embed(hold.dataset, batch), hold.should_stop))
    with hold.commit() as document:
        document.done = max(0, min(document.total, document.done + embedding.mark(batch).n_gained))
        document.attempts = document.waits = 0
        index.touch(hold.dataset.id)
    embedding.forget_deleted(hold.dataset, batch)


async def _unless_stopped(work: Coroutine[Any, Any, None], should_stop: Callable[[], bool]) -> None:
    """Give `work` up within a moment of `should_stop()` turning true, however long its server takes."""
    task = asyncio.ensure_future(work)
    while not task.done():
        await asyncio.wait({task}, timeout=_POLL_S)
        if should_stop():
            task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        return await task
    raise parser_process.Stopped


def _searched(document_id: UUID) -> QuerySet[Chunk]:
    return Chunk.objects.filter(document_id=document_id).exclude(kind=ChunkKind.PARENT)


async def _ids(dataset: Dataset, document_id: UUID) -> set[UUID]:
    return await vectors.store_of(dataset).ids_of_document(vectors.collection_of(dataset), document_id)
