"""What people may ask of a document on its way: to wait, to go on, to end, to be tried or read again.

A request to a document that a worker has in hand is a flag, which its heartbeat sees within a second or so; one that
waits is changed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Role
from apps.accounts.services import Actor, require
from apps.knowledge import progress, scheduling
from apps.knowledge.dispatch import send
from apps.knowledge.leases import ACTIVE
from apps.knowledge.models import Document, DocumentPart, Stage
from apps.knowledge.selectors import dataset_by_id, document_by_id


@transaction.atomic
def pause_document(actor: Actor, document_id: UUID) -> Document:
    """Stop for now; nothing that was finished is lost. A document that is not on its way is left alone."""
    require(actor, Role.EDITOR)
    return _stop(locked(actor, document_id), Stage.PAUSED)


@transaction.atomic
def cancel_document(actor: Actor, document_id: UUID) -> Document:
    """Stop for good, though it can be resumed. A document that is not on its way, or paused, is left alone."""
    require(actor, Role.EDITOR)
    return _stop(locked(actor, document_id), Stage.CANCELLED)


@transaction.atomic
def resume_document(actor: Actor, document_id: UUID) -> Document:
    """Go on from what was committed last. A document that is on its way, or ready, is left alone."""
    require(actor, Role.EDITOR)
    document = locked(actor, document_id)
    if document.stage in (Stage.PAUSED, Stage.FAILED, Stage.CANCELLED):
        queue(document)
    elif document.stage in ACTIVE and (document.pause_requested or document.cancel_requested):
        # its worker has not stopped yet, and need not
        document.pause_requested = document.cancel_requested = False
        document.save(update_fields=["pause_requested", "cancel_requested", "updated_at"])
        transaction.on_commit(partial(progress.publish, document))
    return document


@transaction.atomic
def retry_document(actor: Actor, document_id: UUID) -> Document:
    """Try what failed once more, from what was committed last; at once what would be tried later. Others are left
    alone."""
    require(actor, Role.EDITOR)
    document = locked(actor, document_id)
    if document.stage == Stage.FAILED or document.not_before is not None:
        # parts that failed before are read again
        DocumentPart.objects.filter(document=document, blocks__has_key="error").update(blocks=None, attempts=0)
        queue(document)
    return document


@transaction.atomic
def reprocess_document(actor: Actor, document_id: UUID) -> Document:
    """Read the file anew with the settings as they are now; unchanged chunks cost nothing."""
    require(actor, Role.EDITOR)
    document = locked(actor, document_id)
    queue_anew(document)
    return document


def act_on_documents(
    act: Callable[[Actor, UUID], Document], actor: Actor, dataset_id: UUID, document_ids: Sequence[UUID]
) -> list[Document]:
    """One of the above for several documents of a dataset. Others, and those that are gone, are passed over."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    own = dataset.documents.filter(id__in=document_ids).order_by("created_at", "id")
    return [act(actor, document_id) for document_id in own.values_list("id", flat=True)]


def locked(actor: Actor, document_id: UUID) -> Document:
    """The document, with its dataset, until the transaction ends."""
    document_by_id(actor, document_id)
    return Document.objects.select_related("dataset").select_for_update(of=("self",)).get(id=document_id)


def queue_anew(document: Document) -> None:
    """Take the document away from whoever reads it, forget how far it was, and queue it."""
    DocumentPart.objects.filter(document_id=document.id).delete()
    document.lease_token += 1
    document.fingerprint = ""
    document.times = {}
    document.warnings = []
    document.done = document.total = document.reused_count = 0
    document.rank = scheduling.rank_of_size(document.size_bytes)
    queue(document)


def queue(document: Document) -> None:
    """Let a worker have it as soon as one is free."""
    document.stage = Stage.QUEUED
    document.error_stage = document.error_code = document.error_message = ""
    document.cancel_requested = document.pause_requested = False
    document.attempts = document.waits = 0
    document.not_before = document.lease_expires_at = None
    document.queued_at = timezone.now()
    document.save()
    transaction.on_commit(partial(dispatch, document))


def dispatch(document: Document) -> None:
    send("ingest_document", str(document.id))
    progress.publish(document)


def _stop(document: Document, stage: Stage) -> Document:
    if document.stage == Stage.PAUSED and stage is Stage.CANCELLED:
        document.stage = stage
    elif document.stage in ACTIVE:
        if document.lease_expires_at is None or document.lease_expires_at < timezone.now():
            document.stage, document.lease_expires_at, document.not_before = stage, None, None
        elif stage is Stage.PAUSED:
            document.pause_requested = True
        else:
            document.cancel_requested = True
    changed = ("cancel_requested", "pause_requested", "stage", "lease_expires_at", "not_before", "updated_at")
    document.save(update_fields=changed)
    transaction.on_commit(partial(progress.publish, document))
    return document
