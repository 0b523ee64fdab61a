"""Who works on an evaluation: a lease with a fencing token, renewed by a heartbeat while the work lives.

As `knowledge.leases` does for documents; an evaluation has no stages, it is unfinished or finished. One works at a time:
they are long, and share their workers' threads with ingestion.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from apps.knowledge.evaluation import locks
from apps.knowledge.leases import Cancelled, LeaseLost
from apps.knowledge.models import Evaluation
from weft.db.aio import release

LEASE = timedelta(seconds=20)
BEAT_S = 1.0


def due() -> Q:
    return Q(finished_at=None) & (Q(starts_at=None) | Q(starts_at__lte=Now()))


def waiting() -> QuerySet[Evaluation]:
    """Those that nobody works on though they are due, in the order of their turn."""
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())
    return Evaluation.objects.filter(free, due()).order_by("created_at", "id")


@transaction.atomic
def acquire(evaluation_id: UUID) -> int | None:
    """The fencing token, or None while it or another one is worked on, and when it is not due or finished."""
    locks.lock_evaluations()
    if Evaluation.objects.filter(finished_at=None, lease_expires_at__gte=Now()).exists():
        return None
    taken = (
        waiting()
        .filter(id=evaluation_id)
        .order_by()
        .update(
            lease_token=F("lease_token") + 1,
            attempts=F("attempts") + 1,
            lease_expires_at=Now() + LEASE,
            started_at=Coalesce("started_at", Now()),
            updated_at=Now(),
        )
    )
    return Evaluation.objects.values_list("lease_token", flat=True).get(id=evaluation_id) if taken else None


@contextmanager
def fenced(evaluation_id: UUID, token: int, *, even_if_cancelled: bool = False) -> Iterator[Evaluation]:
    """A transaction with the row locked while the token still counts. Raises LeaseLost or Cancelled before it."""
    with transaction.atomic():
        row = Evaluation.objects.select_for_update().filter(id=evaluation_id, lease_token=token).first()
        if row is None or row.finished_at is not None:
            raise LeaseLost
        if row.cancel_requested and not even_if_cancelled:
            raise Cancelled
        yield row


class Heartbeat:
    """Renews the lease from a thread of its own, and learns there of a request to cancel. Use as a context manager."""

    def __init__(self, evaluation_id: UUID, token: int, *, beat_s: float = BEAT_S) -> None:
        self._id, self._token, self._beat_s = evaluation_id, token, beat_s
        self._done = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"lease-{evaluation_id}", daemon=True)

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
                mine = Evaluation.objects.filter(id=self._id, lease_token=self._token, finished_at=None)
                if not mine.filter(cancel_requested=False).update(lease_expires_at=Now() + LEASE):
                    self._stop.set()
        finally:
            release()
