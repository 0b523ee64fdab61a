"""Work that the workers and the scheduler do for knowledge."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.exceptions import Retry
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.knowledge import ingestion, lexical, moving, scheduling, vectors
from apps.knowledge.leases import ACTIVE
from apps.knowledge.models import Chunk, Dataset, Document, Stage
from apps.knowledge.search import asked
from apps.knowledge.vectors import hnsw
from weft.http import egress
from workflows.errors import ModelError

logger = logging.getLogger(__name__)

# A message that got lost, or waits behind a long queue: sent again after this long. The lease makes doubles harmless.
_LOST_AFTER = timedelta(minutes=2)
_MAX_HANDED_ON = 200
# How long a batch that was being embedded when its dataset moved may take to end.
_SETTLE_S = 300


@shared_task(name="knowledge.ingest_document")
def ingest_document(document_id: str) -> None:
    """Work until the document no longer waits for a worker: on those that go before it, too."""
    while candidates := scheduling.next_documents(UUID(document_id)):
        next(filter(partial(ingestion.ingest, gives_way=True), candidates), None)


@shared_task(name="knowledge.read_parts")
def read_parts(document_id: str) -> None:
    ingestion.help_out(UUID(document_id))


@shared_task(name="knowledge.sweep")
def sweep() -> int:
    """Hand on documents whose worker died, those whose message was lost, and ready ones that an edit left without a
    vector. Returns how many."""
    died = Q(lease_expires_at__lt=Now(), stage__in=ACTIVE)
    is_old = Q(lease_expires_at=None, updated_at__lt=Now() - _LOST_AFTER)
    left = died | (is_old & (Q(stage__in=ACTIVE) | Q(stage=Stage.READY, done__lt=F("total"))))
    ids = list(Document.objects.filter(left).order_by("updated_at").values_list("id", flat=True)[:_MAX_HANDED_ON])
    # Freed and stamped now, so that the next sweep does not hand the same ones on again at once.
    Document.objects.filter(left, id__in=ids).update(
        stage=Stage.QUEUED, lease_expires_at=None, queued_at=Now(), updated_at=Now()
    )
    for document_id in ids:
        ingest_document.delay(str(document_id))
    return len(ids)


@shared_task(name="knowledge.merge_lexical")
def merge_lexical(dataset_id: str) -> None:
    lexical.merge(UUID(dataset_id))


@shared_task(name="knowledge.index_vectors")
def index_vectors(dataset_id: str, generation: int) -> None:
    hnsw.build(vectors.Collection(UUID(dataset_id), generation))


@shared_task(name="knowledge.forget", bind=True, max_retries=20)
def forget(self: Any, dataset_id: str, document_id: str | None = None, chunk_ids: Sequence[str] = ()) -> None:
    """Empty the store of a document, or of single chunks, that are deleted. Searches do not show them either way."""
    try:
        _forget(UUID(dataset_id), UUID(document_id) if document_id else None, [UUID(each) for each in chunk_ids])
    except vectors.VectorStoreError as exc:
        raise self.retry(exc=exc, countdown=_pause(self)) from exc


@shared_task(name="knowledge.forget_dataset", bind=True, max_retries=20)
def forget_dataset(self: Any, store: str, dataset_id: str, generation: int) -> None:
    try:
        egress.run_sync(lambda: vectors.forget_dataset(store, vectors.Collection(UUID(dataset_id), generation)))
    except vectors.VectorStoreError as exc:
        raise self.retry(exc=exc, countdown=_pause(self)) from exc


@shared_task(name="knowledge.forget_collection", bind=True, max_retries=20)
def forget_collection(self: Any, store: str, dataset_id: str, generation: int) -> None:
    """What a dataset has left behind in moving."""
    try:
        collection = vectors.Collection(UUID(dataset_id), generation)
        egress.run_sync(lambda: vectors.store_named(store).forget(collection))
    except vectors.VectorStoreError as exc:
        raise self.retry(exc=exc, countdown=_pause(self)) from exc


@shared_task(name="knowledge.forget_chunks", bind=True, max_retries=20)
def forget_chunks(self: Any, store: str, dataset_id: str, generation: int, chunk_ids: Sequence[str]) -> None:
    try:
        collection, ids = vectors.Collection(UUID(dataset_id), generation), [UUID(each) for each in chunk_ids]
        egress.run_sync(lambda: vectors.store_named(store).forget_ids(collection, ids))
    except vectors.VectorStoreError as exc:
        raise self.retry(exc=exc, countdown=_pause(self)) from exc


@shared_task(name="knowledge.move_vectors", bind=True, max_retries=50)
def move_vectors(self: Any, dataset_id: str) -> None:
    """Fill the next generation and switch; then, once what had begun before has ended, look whether all is there."""
    try:
        moved = moving.run(UUID(dataset_id))
    except (vectors.VectorStoreError, ModelError, moving.Busy) as exc:
        raise self.retry(exc=exc, countdown=_pause(self)) from exc
    if moved:
        settle_vectors.apply_async([dataset_id], countdown=_SETTLE_S)


@shared_task(name="knowledge.settle_vectors")
def settle_vectors(dataset_id: str) -> None:
    moving.settle(UUID(dataset_id))


def now_or_later(task: Any, *args: Any) -> None:
    """Forget right now; by message when the store is away."""
    try:
        task.run(*args)
    except (vectors.VectorStoreError, Retry):
        logger.warning("The vector store is away; %s%s is done later", task.name, args)
        task.delay(*args)


def _pause(task: Any) -> int:
    return int(min(600, 10 * 2**task.request.retries))


def _forget(dataset_id: UUID, document_id: UUID | None, chunk_ids: Sequence[UUID]) -> None:
    dataset = Dataset.objects.filter(id=dataset_id).first()
    if dataset is None:
        return
    if document_id is not None:
        egress.run_sync(lambda: vectors.forget_document(dataset, document_id))
    # the same text gets the same id again: it may be back
    live = set(Chunk.objects.filter(id__in=chunk_ids).values_list("id", flat=True))
    gone = [each for each in chunk_ids if each not in live]
    if gone:
        egress.run_sync(lambda: vectors.forget_ids(dataset, gone))


@shared_task(name="knowledge.flush_asked")
def flush_asked() -> int:
    """Move what searches noted into the query log and the hit counters. Returns how many searches."""
    return asked.flush()


@shared_task(name="knowledge.forget_queries")
def forget_queries() -> None:
    asked.forget()
