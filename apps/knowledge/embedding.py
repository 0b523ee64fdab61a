"""Vectors of single batches of chunks: made, stored, and marked as there. For ingestion, and for edits right away.

A text that changes while its vector is made keeps waiting for one; a chunk that goes takes its vector along.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from apps.knowledge import index, vectors
from apps.knowledge.models import Chunk, Dataset
from weft.db.aio import release
from weft.http import egress
from workflows.errors import ModelError

logger = logging.getLogger(__name__)

BATCH = 32
# How long an edit waits for its vector before a worker does it instead.
AT_ONCE_S = 10.0


def embed_now(dataset: Dataset, chunks: Sequence[Chunk]) -> bool:
    """Embed an edit's few chunks while its author waits. False when that did not work out; nothing is broken then."""

    async def work() -> None:
        async with asyncio.timeout(AT_ONCE_S):
            await index.embed(dataset, chunks)

    release()
    try:
        egress.run_sync(work)
    except (ModelError, vectors.VectorStoreError, TimeoutError) as exc:
        logger.info("An edit in dataset %s is left to a worker: %s", dataset.id, exc)
        return False
    marked = mark(chunks)
    for chunk in chunks:
        chunk.is_indexed = chunk.id in marked
    forget_deleted(dataset, chunks)
    index.touch(dataset.id)
    return True


def mark(chunks: Sequence[Chunk]) -> set[UUID]:
    """Their vectors are there, but for those whose text was changed meanwhile."""
    now = dict(Chunk.objects.filter(id__in=[each.id for each in chunks]).values_list("id", "sha256"))
    good = {each.id for each in chunks if now.get(each.id) == each.sha256}
    Chunk.objects.filter(id__in=good).update(is_indexed=True)
    return good


def forget_deleted(dataset: Dataset, chunks: Sequence[Chunk]) -> None:
    """Take those out of the store that were deleted while they were embedded."""
    ids = [each.id for each in chunks]
    live = set(Chunk.objects.filter(id__in=ids).values_list("id", flat=True))
    if gone := [chunk_id for chunk_id in ids if chunk_id not in live]:
        egress.run_sync(lambda: vectors.forget_ids(dataset, gone))
