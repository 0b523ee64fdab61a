"""Work that the workers and the scheduler do for knowledge."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db.models import Q
from django.db.models.functions import Now

from apps.knowledge import ingestion, vectors
from apps.knowledge.leases import ACTIVE
from apps.knowledge.models import Dataset, Document
from weft.http import egress

logger = logging.getLogger(__name__)

# A message that got lost, or waits behind a long queue: sent again after this long. The lease makes doubles harmless.
_LOST_AFTER = timedelta(minutes=2)
_MAX_HANDED_ON = 200


@shared_task(name="knowledge.ingest_document")
def ingest_document(document_id: str) -> None:
    ingestion.ingest(UUID(document_id))


@shared_task(name="knowledge.sweep")
def sweep() -> int:
    """Hand on documents whose worker died, and those whose message was lost. Returns how many."""
    died = Q(lease_expires_at__lt=Now())
    lost = Q(lease_expires_at=None, updated_at__lt=Now() - _LOST_AFTER)
    waiting = Document.objects.filter(died | lost, stage__in=ACTIVE).order_by("updated_at")
    ids = list(waiting.values_list("id", flat=True)[:_MAX_HANDED_ON])
    # Freed and stamped now, so that the next sweep does not hand the same ones on again at once.
    Document.objects.filter(died | lost, id__in=ids, stage__in=ACTIVE).update(lease_expires_at=None, updated_at=Now())
    for document_id in ids:
        ingest_document.delay(str(document_id))
    return len(ids)


@shared_task(name="knowledge.forget", bind=True, max_retries=20)
def forget(self: Any, dataset_id: str, document_id: str | None) -> None:
    try:
        _forget(dataset_id, document_id)
    except vectors.VectorStoreError as exc:
        raise self.retry(exc=exc, countdown=min(600, 10 * 2**self.request.retries)) from exc


def forget_now_or_later(dataset_id: str, document_id: str | None) -> None:
    """Empty the store of what was deleted. Searches do not show it either way: they join the live chunks."""
    try:
        _forget(dataset_id, document_id)
    except vectors.VectorStoreError:
        logger.warning(
            "Chroma did not answer; the vectors of dataset %s, document %s go later", dataset_id, document_id
        )
        forget.delay(dataset_id, document_id)


def _forget(dataset_id: str, document_id: str | None) -> None:
    if document_id is None:
        if not Dataset.objects.filter(id=dataset_id).exists():
            egress.run_sync(lambda: vectors.forget_dataset(UUID(dataset_id)))
    else:
        egress.run_sync(lambda: vectors.forget_document(UUID(dataset_id), UUID(document_id)))
