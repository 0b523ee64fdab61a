"""Vectors of single batches of chunks: made, stored, and marked as there. For ingestion, and for edits right away.

A text that changes while its vector is made keeps waiting for one; a chunk that goes takes its vector along.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from apps.knowledge import index, vectors
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document
from weft.db.aio import release
from weft.http import egress
from workflows.errors import ModelError

logger = logging.getLogger(__name__)

BATCH = 32
# How long an edit waits for its vector before a worker does it instead.
AT_ONCE_S = 10.0
# So often is a text embedded that changes while its vector is made; then a worker does it.
_MAX_PASSES = 3


@dataclass(frozen=True, slots=True)
class Marked:
    """How many chunks have a vector that had none, and which wait for one because their text is another by now."""

    n_gained: int
    stale: frozenset[UUID]


def embed_now(dataset: Dataset, chunks: Sequence[Chunk]) -> bool:
    """Embed an edit's few chunks while its author waits. False when that did not work out; nothing is broken then."""

    waiting = list(chunks)
    for _ in range(_MAX_PASSES):
        try:
            _make(dataset, waiting)
        except (ModelError, vectors.VectorStoreError, TimeoutError) as exc:
            logger.info("An edit in dataset %s is left to a worker: %s", dataset.id, exc)
            return False
        with transaction.atomic():
            lock_owners([each.id for each in waiting])
            stale = mark(waiting).stale
            recount({each.document_id for each in waiting})
            index.touch(dataset.id)
        forget_deleted(dataset, waiting)
        waiting = list(Chunk.objects.filter(id__in=stale))
        if not waiting:
            for chunk in chunks:
                chunk.is_indexed = True
            return True
    return False


def mark(chunks: Sequence[Chunk]) -> Marked:
    """Their vectors are there. Who embeds a text that was changed meanwhile may have written over the vector of the new
    one, so that one waits again. Call it with the document locked."""
    if not chunks:
        return Marked(0, frozenset())
    same = reduce(or_, (Q(id=each.id, sha256=each.sha256) for each in chunks))
    n_gained = Chunk.objects.filter(same, is_indexed=False).update(is_indexed=True)
    others = Chunk.objects.filter(id__in=[each.id for each in chunks]).exclude(same)
    stale = frozenset(others.values_list("id", flat=True))
    n_lost = Chunk.objects.filter(id__in=stale, is_indexed=True).update(is_indexed=False)
    return Marked(n_gained - n_lost, stale)


@transaction.atomic
def unmark(chunk_ids: Sequence[UUID]) -> None:
    """The store has lost their vectors: their documents are no longer done, and the sweep sends them to a worker."""
    owners = lock_owners(chunk_ids)
    Chunk.objects.filter(id__in=chunk_ids).update(is_indexed=False)
    recount(owners)


def lock_owners(chunk_ids: Sequence[UUID]) -> list[UUID]:
    """Documents before chunks, and by id: as everybody who changes chunks locks them."""
    owners = Chunk.objects.filter(id__in=chunk_ids).values("document_id")
    rows = Document.objects.select_for_update().filter(id__in=owners).order_by("id")
    return list(rows.values_list("id", flat=True))


def counted(document_id: UUID) -> tuple[int, int]:
    """How many chunks have their vector, and how many should."""
    searched = Chunk.objects.filter(document_id=document_id).exclude(kind=ChunkKind.PARENT)
    found = searched.aggregate(done=Count("id", filter=Q(is_indexed=True)), total=Count("id"))
    return found["done"], found["total"]


def recount(document_ids: Iterable[UUID]) -> None:
    for document_id in document_ids:
        done, total = counted(document_id)
        # not stamped as changed: that is for what people see
        Document.objects.filter(id=document_id).exclude(fingerprint="").update(done=done, total=total)


def _make(dataset: Dataset, chunks: Sequence[Chunk]) -> None:
    async def work() -> None:
        async with asyncio.timeout(AT_ONCE_S):
            await index.embed(dataset, chunks)

    release()
    egress.run_sync(work)


def forget_deleted(dataset: Dataset, chunks: Sequence[Chunk]) -> None:
    """Take those out of the store that were deleted while they were embedded."""
    ids = [each.id for each in chunks]
    live = set(Chunk.objects.filter(id__in=ids).values_list("id", flat=True))
    if gone := [chunk_id for chunk_id in ids if chunk_id not in live]:
        egress.run_sync(lambda: vectors.forget_ids(dataset, gone))
