"""Who works on an evaluation: a lease with a fencing token, as `knowledge.leases` has it for documents.

They are worked on one at a time: they are long, and share their workers' threads with ingestion.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from apps.knowledge.evaluation import locks
from apps.knowledge.leases import ALIVE, FREE, LEASE, Cancelled, Heartbeat, LeaseLost
from apps.knowledge.models import Evaluation

_DUE = Q(finished_at=None) & (Q(starts_at=None) | Q(starts_at__lte=Now()))


def waiting() -> QuerySet[Evaluation]:
    """Those that nobody works on though they are due, in the order of their turn."""
    return Evaluation.objects.filter(FREE, _DUE).order_by("created_at", "id")


@transaction.atomic
def acquire(evaluation_id: UUID) -> int | None:
    """The fencing token, or None while it or another one is worked on, and when it is not due or finished."""
    locks.lock_evaluations()
    if Evaluation.objects.filter(ALIVE, finished_at=None).exists():
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
        if row.finished_at is None:
            # the heartbeat cannot renew it while the row is locked
            Evaluation.objects.filter(id=evaluation_id).update(lease_expires_at=Now() + LEASE)


def heartbeat(evaluation_id: UUID, token: int) -> Heartbeat:
    mine = Evaluation.objects.filter(id=evaluation_id, lease_token=token, finished_at=None, cancel_requested=False)
    return Heartbeat(mine.all)
