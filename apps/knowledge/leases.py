"""Who works on a document: a lease with a fencing token, renewed by a heartbeat while the work lives.

A worker that dies lets the lease expire; the sweep hands the document on. Writing with an old token is refused. All
times are the database's own, so the clocks of workers do not matter.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.knowledge.models import Document, Stage
from weft.db.aio import release

LEASE = timedelta(seconds=20)
BEAT_S = 1.0
ACTIVE = (Stage.QUEUED, Stage.PARSING, Stage.CHUNKING, Stage.EMBEDDING, Stage.INDEXING)


class LeaseLost(Exception):
    """Another worker took over, or the document is gone. Nothing more may be written."""


class Cancelled(Exception):
    """The user asked for an end; what is committed stays for a resume."""


def acquire(document_id: UUID) -> int | None:
    """The fencing token, or None while another worker holds the lease or there is nothing to do. One UPDATE decides."""
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())
    taken = Document.objects.filter(free, id=document_id, stage__in=ACTIVE).update(
        lease_token=F("lease_token") + 1, attempts=F("attempts") + 1, lease_expires_at=Now() + LEASE, updated_at=Now()
    )
    # The row cannot change hands before the lease just taken expires, so reading the token afterwards is safe.
    return Document.objects.values_list("lease_token", flat=True).get(id=document_id) if taken else None


@contextmanager
def fenced(document_id: UUID, token: int, *, even_if_cancelled: bool = False) -> Iterator[Document]:
    """A transaction with the document locked while the token still counts. Raises LeaseLost or Cancelled before it."""
    with transaction.atomic():
        document = Document.objects.select_for_update().filter(id=document_id, lease_token=token).first()
        if document is None or document.stage not in ACTIVE:
            raise LeaseLost
        if document.cancel_requested and not even_if_cancelled:
            raise Cancelled
        yield document


class Heartbeat:
    """Renews the lease from a thread of its own, and learns there of a request to cancel. Use as a context manager."""

    def __init__(self, document_id: UUID, token: int, *, beat_s: float = BEAT_S) -> None:
        self._document_id, self._token, self._beat_s = document_id, token, beat_s
        self._done = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"lease-{document_id}", daemon=True)

    def should_stop(self) -> bool:
        """The lease is lost or the user cancelled; which of both the next fenced transaction tells."""
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
        try:
            while not self._done.wait(self._beat_s):
                mine = Document.objects.filter(id=self._document_id, lease_token=self._token)
                if not mine.filter(cancel_requested=False).update(lease_expires_at=Now() + LEASE):
                    self._stop.set()
        finally:
            release()
