"""Who works on a document, a part of one, or a connector: a lease with a fencing token, renewed while the work lives.

A worker that dies lets the lease expire; the sweep hands the thing on. Writing with an old token is refused. All times
are the database's own, so the clocks of workers do not matter.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Model, Q, QuerySet
from django.db.models.functions import Now

from apps.knowledge.models import Document, DocumentPart, Stage
from weft.db.aio import release

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=settings.INGEST_LEASE_S)
BEAT_S = 1.0
WORKING = (Stage.PARSING, Stage.CHUNKING, Stage.EMBEDDING, Stage.INDEXING)
ACTIVE = (Stage.QUEUED, *WORKING)
FREE = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())
ALIVE = Q(lease_expires_at__gte=Now())
WAITING = FREE & Q(stage__in=ACTIVE) & (Q(not_before=None) | Q(not_before__lte=Now()))
UNTOUCHED = Q(pause_requested=False, cancel_requested=False)


class LeaseLost(Exception):
    """Another worker took over, or the thing is gone. Nothing more may be written."""


class Cancelled(Exception):
    """The user asked for an end; what is committed stays for going on."""

    stage = Stage.CANCELLED


class Paused(Cancelled):
    stage = Stage.PAUSED


def acquire(document_id: UUID) -> int | None:
    """The fencing token, or None while another worker holds the lease or there is nothing to do."""
    waiting = Document.objects.filter(WAITING, id=document_id)
    return _take(waiting, attempts=F("attempts") + 1, updated_at=Now())


def acquire_part(document: Document) -> tuple[DocumentPart, int] | None:
    """The first part of the document that is neither read nor in somebody's hands.

    None, too, when the document changed hands since it was loaded: the parts may then be another file's.
    """
    same = {"document_id": document.id, "document__lease_token": document.lease_token}
    while True:
        part = DocumentPart.objects.filter(FREE, blocks__isnull=True, **same).order_by("position").first()
        if part is None:
            return None
        free = DocumentPart.objects.filter(FREE, id=part.id, blocks__isnull=True, **same)
        if (token := _take(free, attempts=F("attempts") + 1)) is not None:
            part.attempts += 1
            return part, token


def take(rows: QuerySet[Model]) -> int | None:
    """The fencing token of the one row that `rows` names, or None while its lease lives elsewhere."""
    return _take(rows.filter(FREE))


@contextmanager
def fenced(document_id: UUID, token: int, *, even_if_cancelled: bool = False) -> Iterator[Document]:
    """A transaction with the document locked while the token still counts. Raises LeaseLost or Cancelled before it.

    The lease is renewed at its end: the heartbeat cannot do it while the row is locked.
    """
    with transaction.atomic():
        locked = Document.objects.select_for_update(of=("self",)).select_related("dataset")
        document = locked.filter(id=document_id, lease_token=token, stage__in=ACTIVE).first()
        if document is None:
            raise LeaseLost
        if not even_if_cancelled:
            _check_wishes(document)
        yield document
        if document.lease_expires_at is not None:
            Document.objects.filter(id=document_id).update(lease_expires_at=Now() + LEASE)


def _check_wishes(document: Document) -> None:
    if document.cancel_requested:
        raise Cancelled
    if document.pause_requested:
        raise Paused


class Heartbeat:
    """Renews a lease from a thread of its own, and learns there whether to stop. Use as a context manager.

    `mine` are the rows that are held: one while the lease counts and nobody wants an end, none after.
    """

    def __init__(self, mine: Callable[[], QuerySet[Model]], *, beat_s: float = BEAT_S) -> None:
        self._mine, self._beat_s = mine, beat_s
        self._done = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="knowledge-lease", daemon=True)

    @classmethod
    def of_document(cls, document_id: UUID, token: int, *, beat_s: float = BEAT_S) -> Heartbeat:
        rows = Document.objects.filter(UNTOUCHED, id=document_id, lease_token=token, stage__in=ACTIVE)
        return cls(rows.all, beat_s=beat_s)

    @classmethod
    def of_part(cls, part: DocumentPart, token: int) -> Heartbeat:
        """A part goes back when its document is paused, ended or given another file."""
        wanted = Document.objects.filter(UNTOUCHED, stage__in=ACTIVE)
        return cls(DocumentPart.objects.filter(id=part.id, lease_token=token, document__in=wanted).all)

    def should_stop(self) -> bool:
        """The lease is lost or the user wants an end; which of both the next fenced transaction tells."""
        return self._stop.is_set()

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(self._beat_s):
            try:
                if not self._mine().update(lease_expires_at=Now() + LEASE):
                    self._stop.set()
            except DatabaseError as exc:
                logger.warning("A lease was not renewed: %s", exc)
            finally:
                # many beat at once, and each only for a moment
                release()


def _take(rows: QuerySet[Model], **changes: object) -> int | None:
    """One UPDATE decides. The row cannot change hands before the lease expires, so the token may be read after it."""
    row_id = rows.values_list("pk", flat=True).first()
    taken = rows.filter(pk=row_id).update(lease_token=F("lease_token") + 1, lease_expires_at=Now() + LEASE, **changes)
    if not taken:
        return None
    return int(rows.model._base_manager.values_list("lease_token", flat=True).get(pk=row_id))
