"""Putting right what was found: the tables are the truth, and what they cannot restore is read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from uuid import UUID

from django.db import transaction

from apps.knowledge import embedding, index, lexical, vectors
from apps.knowledge.audit.looking import Finding
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document, Stage
from apps.knowledge.services.control import queue, queue_anew
from apps.knowledge.services.uploads import delete_unused
from weft.http import egress

_BATCH = 500


def repair(dataset: Dataset, found: Finding) -> None:
    """A file that is gone cannot be brought back: its document keeps what was read of it."""
    if orphans := list(found.of("vector_orphan")):
        egress.run_sync(lambda: vectors.forget_ids(dataset, orphans))
    lexical.remove(dataset.id, found.of("terms_orphan"))
    _put_terms(dataset, found.of("terms_missing"))
    lost = Chunk.objects.filter(id__in=found.of("vector_missing") | found.of("embedding_missing"))
    # people stopped some; these get their vectors when they go on
    stopped = (Stage.PAUSED, Stage.CANCELLED)
    unindexed = set(lost.exclude(document__stage__in=stopped).values_list("document_id", flat=True))
    lost.update(is_indexed=False)
    misplaced = Chunk.objects.filter(id__in=found.of("chunk_misplaced")).values_list("document_id", flat=True)
    again = (set(misplaced) | found.of("chunk_repeated")) - found.of("file_missing")
    _each(again, queue_anew)
    _each(found.of("count_wrong") - again, _count)
    _each((unindexed | found.of("lease_dead")) - again, queue)


def repair_outside(found: Finding) -> None:
    for path in found.of("file_orphan"):
        delete_unused(path)
    for name, collection in found.of("collection_orphan"):
        egress.run_sync(partial(vectors.store_named(name).forget, collection))


def _put_terms(dataset: Dataset, ids: set[UUID]) -> None:
    missing = sorted(ids)
    for start in range(0, len(missing), _BATCH):
        with transaction.atomic():
            batch = Chunk.objects.filter(id__in=missing[start : start + _BATCH])
            index.put(dataset.id, list(batch))


def _each(ids: Iterable[UUID], act: Callable[[Document], None]) -> None:
    for document_id in ids:
        with transaction.atomic():
            rows = Document.objects.select_related("dataset").select_for_update(of=("self",))
            if document := rows.filter(id=document_id).first():
                act(document)


def _count(document: Document) -> None:
    document.chunk_count = Chunk.objects.filter(document=document).exclude(kind=ChunkKind.CHILD).count()
    document.done, document.total = embedding.counted(document.id)
    document.save(update_fields=["chunk_count", "total", "done", "updated_at"])
