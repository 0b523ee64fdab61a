"""Which document a free worker takes next: small ones first, fair shares for workspaces and datasets, all in the end.

A worker has a document for a turn and then looks round; a long document gives way when another one has a better claim.
In order of weight: datasets that occupy their number of workers already stand back; the workspace that had least work
lately; the document's rank, which falls while it waits; the dataset that had least work lately; the older document.
Shares are seconds of work over the last minutes, counted in Redis: losing them costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone

from apps.knowledge.leases import ALIVE, WAITING
from apps.knowledge.models import Document
from weft.events import connection

# How long a document keeps its worker before somebody else may have it.
TURN_S = 4.0
# A document that has waited so long counts as one of the next smaller rank.
AGING_S = 30.0
_WINDOW_S = 60
_SIZES = (64 * 1024, 1024 * 1024, 16 * 1024 * 1024)
_PARTS = (1, 4, 40)


@dataclass(frozen=True, slots=True)
class _Group:
    """Documents that are equals: of one dataset and one rank. `waited_s` is how long the first of them has waited."""

    workspace_id: UUID
    dataset_id: UUID
    rank: int
    waited_s: float

    @property
    def aged_rank(self) -> int:
        return max(0, self.rank - int(self.waited_s / AGING_S))


Claim = tuple[bool, float, int, float, float]
"""Less is better."""


def rank_of_size(size_bytes: int) -> int:
    """While nothing but the file's size is known."""
    return sum(size_bytes > bound for bound in _SIZES)


def rank_of_parts(count: int) -> int:
    """Once its parts are known."""
    return sum(count > bound for bound in _PARTS)


def next_documents(preferred: UUID | None = None) -> list[UUID]:
    """Documents to try to take, the best first; among equals `preferred`. Empty when that does not wait (any more)."""
    own = preferred and Document.objects.filter(WAITING, id=preferred).values_list("dataset_id", "rank").first()
    groups = _waiting_groups() if own or preferred is None else []
    if not groups:
        return []
    claim = _claims(groups)
    best = min(groups, key=claim.__getitem__)
    equals = Document.objects.filter(WAITING, dataset_id=best.dataset_id, rank=best.rank).order_by("created_at", "id")
    first = [preferred] if preferred and own == (best.dataset_id, best.rank) else []
    return [*first, *equals.exclude(id__in=first).values_list("id", flat=True)[:5]]


def should_yield(document: Document) -> bool:
    """Whether a document that waits has a better claim to this one's worker.

    Documents of the same dataset and rank are done one after the other, however long the others have waited.
    """
    own = _Group(document.dataset.workspace_id, document.dataset_id, document.rank, 0.0)
    groups = [each for each in _waiting_groups() if each.dataset_id != own.dataset_id or each.rank < own.rank]
    if not groups:
        return False
    claim = _claims([*groups, own], beside=own.dataset_id)
    return min(claim[each] for each in groups) < claim[own]


def spent(workspace_id: UUID, dataset_id: UUID, seconds: float) -> None:
    """A worker has worked so long on a document of this dataset."""
    key = _key(time.time())
    try:
        pipe = connection.client().pipeline(transaction=False)
        for each in (workspace_id, dataset_id):
            pipe.hincrbyfloat(key, str(each), seconds)
        pipe.expire(key, 3 * _WINDOW_S)
        pipe.execute()
    except redis.RedisError:
        return


def _waiting_groups() -> list[_Group]:
    rows = (
        Document.objects.filter(WAITING)
        .values_list("dataset__workspace_id", "dataset_id", "rank")
        .annotate(since=Min("queued_at"))
        .order_by()
    )
    now = timezone.now()
    return [
        _Group(workspace_id, dataset_id, rank, max(0.0, (now - since).total_seconds()))
        for workspace_id, dataset_id, rank, since in rows
    ]


def _claims(groups: Iterable[_Group], beside: UUID | None = None) -> dict[_Group, Claim]:
    """`beside` is the dataset of the worker who asks: that worker does not count."""
    working = Document.objects.filter(ALIVE).values_list("dataset_id").annotate(n=Count("id")).order_by()
    busy = dict(working)
    if beside in busy:
        busy[beside] -= 1
    seconds = _spent_lately()
    return {
        each: (
            busy.get(each.dataset_id, 0) >= settings.INGEST_PER_DATASET,
            seconds.get(str(each.workspace_id), 0.0),
            each.aged_rank,
            seconds.get(str(each.dataset_id), 0.0),
            -each.waited_s,
        )
        for each in groups
    }


def _spent_lately() -> dict[str, float]:
    now = time.time()
    found: dict[str, float] = {}
    try:
        for key in (_key(now), _key(now - _WINDOW_S)):
            counted: Any = connection.client().hgetall(key)
            for name, seconds in counted.items():
                found[name.decode()] = found.get(name.decode(), 0.0) + float(seconds)
    except redis.RedisError:
        return {}
    return found


def _key(at: float) -> str:
    return f"knowledge:spent:{int(at // _WINDOW_S)}"
