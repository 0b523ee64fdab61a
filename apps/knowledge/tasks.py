"""Work that the workers and the scheduler do for knowledge."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.knowledge import forgetting, ingestion, lexical, moving, scheduling, slots, vectors
from apps.knowledge.connectors import looking
from apps.knowledge.leases import ACTIVE, FREE, WAITING
from apps.knowledge.models import Connector, Document, Move, Stage
from apps.knowledge.search import asked
from apps.knowledge.vectors import hnsw
from workflows.errors import ModelError

logger = logging.getLogger(__name__)

# A message may die with its worker; workers are called again for what waits longer. A call too many finds nothing.
_CALL_AFTER = timedelta(seconds=10)
_MAX_CALLS = 8
# An edit is embedded right away; what has no vector after this long, its own process has forgotten.
_LEFT_AFTER = timedelta(minutes=1)


@shared_task(name="knowledge.ingest_document")
def ingest_document(document_id: str) -> None:
    """Work until the document no longer waits for a worker: on those that go before it, too."""
    _ingest(partial(scheduling.next_documents, UUID(document_id)))


@shared_task(name="knowledge.ingest_waiting")
def ingest_waiting() -> None:
    """Work until no document waits: for those whose own message died with its worker."""
    _ingest(scheduling.next_documents)


@shared_task(name="knowledge.read_parts")
def read_parts(document_id: str) -> None:
    slots.DOCUMENTS.run(document_id, partial(ingestion.help_out, UUID(document_id)))


@shared_task(name="knowledge.look")
def look(connector_id: str) -> None:
    slots.LOOKS.run(connector_id, partial(looking.look, UUID(connector_id)))


@shared_task(name="knowledge.look_where_due")
def look_where_due() -> None:
    """One after the other: see `looking.MAX_AT_ONCE`."""
    due = Connector.objects.filter(FREE, is_enabled=True, next_at__lte=Now()).order_by("next_at", "id")
    for connector_id in due.values_list("id", flat=True)[: looking.MAX_AT_ONCE]:
        look.apply_async([str(connector_id)], expires=_CALL_AFTER.total_seconds())


@shared_task(name="knowledge.sweep")
def sweep() -> int:
    """Free documents whose worker died, and ready ones that an edit left without a vector; call workers for all that
    wait longer than a worker needs to come. Returns how many were freed."""
    died = Q(lease_expires_at__lt=Now(), stage__in=ACTIVE)
    left = Q(stage=Stage.READY, done__lt=F("total"), updated_at__lt=Now() - _LEFT_AFTER)
    # not stamped as changed: that is for what people see
    freed = Document.objects.filter(died | left).update(stage=Stage.QUEUED, lease_expires_at=None, queued_at=Now())
    late = Document.objects.filter(WAITING, queued_at__lt=Now() - _CALL_AFTER)[:_MAX_CALLS].count()
    for _ in range(min(freed + late, _MAX_CALLS)):
        ingest_waiting.apply_async(expires=_CALL_AFTER.total_seconds())
    return freed


def _ingest(next_documents: Callable[[], list[UUID]]) -> None:
    """Without a slot it is left to those at work, who go on while any document waits."""
    anything = partial(_work_on, scheduling.next_documents)
    slots.DOCUMENTS.run("documents", partial(_work_on, next_documents), later=anything)


def _work_on(next_documents: Callable[[], list[UUID]]) -> None:
    while candidates := next_documents():
        next(filter(partial(ingestion.ingest, gives_way=True), candidates), None)


@shared_task(name="knowledge.merge_lexical")
def merge_lexical(dataset_id: str) -> None:
    lexical.merge(UUID(dataset_id))


@shared_task(name="knowledge.index_vectors")
def index_vectors(dataset_id: str, generation: int) -> None:
    hnsw.tend(vectors.Collection(UUID(dataset_id), generation))


@shared_task(name="knowledge.forget", bind=True, max_retries=20)
def forget(self: Any, *args: Any) -> None:
    _patiently(self, forgetting.forget, *args)


@shared_task(name="knowledge.forget_collection", bind=True, max_retries=20)
def forget_collection(self: Any, *args: Any) -> None:
    _patiently(self, forgetting.forget_collection, *args)


@shared_task(name="knowledge.forget_dataset", bind=True, max_retries=20)
def forget_dataset(self: Any, *args: Any) -> None:
    _patiently(self, forgetting.forget_dataset, *args)


@shared_task(name="knowledge.forget_chunks", bind=True, max_retries=20)
def forget_chunks(self: Any, *args: Any) -> None:
    _patiently(self, forgetting.forget_chunks, *args)


def _patiently(task: Any, work: Callable[..., None], *args: Any) -> None:
    """A store that is away is waited for."""
    try:
        work(*args)
    except vectors.VectorStoreError as exc:
        raise task.retry(exc=exc, countdown=int(min(600, 10 * 2**task.request.retries))) from exc


@shared_task(name="knowledge.move_vectors")
def move_vectors(dataset_id: str) -> None:
    slots.MOVES.run(dataset_id, partial(_move, dataset_id))


def _move(dataset_id: str) -> None:
    """Fill the next generation and switch; then, once what had begun before has ended, look whether all is there."""
    try:
        moved = moving.run(UUID(dataset_id))
    except (vectors.VectorStoreError, ModelError, moving.Outrun) as exc:
        logger.warning("The vectors of dataset %s move on later: %s", dataset_id, exc)
        return
    except moving.Busy:
        return
    if moved:
        settle_vectors.apply_async([dataset_id], countdown=forgetting.SETTLE_S)


@shared_task(name="knowledge.sweep_moves")
def sweep_moves() -> int:
    """Go on with moves that nobody works on: their process died, or a model or store was away a while ago. Returns
    how many there are."""
    due = Move.objects.filter(FREE, Q(retry_at=None) | Q(retry_at__lte=Now())).exclude(dataset__moving={})
    ids = list(due.values_list("dataset_id", flat=True))
    for dataset_id in ids:
        move_vectors.apply_async([str(dataset_id)], expires=_CALL_AFTER.total_seconds())
    return len(ids)


@shared_task(name="knowledge.settle_vectors")
def settle_vectors(dataset_id: str) -> None:
    moving.settle(UUID(dataset_id))


@shared_task(name="knowledge.flush_asked")
def flush_asked() -> int:
    """Move what searches noted into the query log and the hit counters. Returns how many searches."""
    return asked.flush()


@shared_task(name="knowledge.forget_queries")
def forget_queries() -> None:
    asked.forget()
