"""Who may work on a document: one worker at a time, whatever the workers' clocks say."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db.models import ExpressionWrapper, F, fields
from django.db.models.functions import Now
from django.utils import timezone

from apps.knowledge import leases, services, tasks
from apps.knowledge.models import Dataset, Document
from apps.knowledge.services import Upload
from tests.cast import Cast
from tests.waiting import until_sync


@pytest.fixture
def document(cast: Cast, dataset: Dataset) -> Document:
    return services.add_documents(cast.editor, dataset.id, [Upload("a.txt", [b"One passage."])])[0]


@pytest.fixture(params=[-3600, 3600])
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    real = timezone.now

    def wrong() -> datetime:
        return real() + timedelta(seconds=request.param)

    monkeypatch.setattr(timezone, "now", wrong)


def expire(document: Document) -> None:
    Document.objects.filter(id=document.id).update(lease_expires_at=Now() - timedelta(seconds=1))


def left_s(document: Document) -> float:
    left = ExpressionWrapper(F("lease_expires_at") - Now(), output_field=fields.DurationField())
    return float(Document.objects.values_list(left, flat=True).get(id=document.id).total_seconds())


def test_an_old_token_writes_nothing(document: Document) -> None:
    old = leases.acquire(document.id)
    assert old is not None
    assert leases.acquire(document.id) is None
    expire(document)
    new = leases.acquire(document.id)
    assert new is not None

    with pytest.raises(leases.LeaseLost), leases.fenced(document.id, old):
        raise AssertionError("must not be entered")
    with leases.fenced(document.id, new) as held:
        assert held.id == document.id


@pytest.mark.usefixtures("wrong_clock")
def test_a_worker_with_a_wrong_clock_neither_takes_nor_loses_a_lease(document: Document) -> None:
    token = leases.acquire(document.id)

    assert token is not None
    assert (leases.acquire(document.id), tasks.sweep()) == (None, 0)
    assert 15 < left_s(document) <= 20

    expire(document)
    with leases.Heartbeat.of_document(document.id, token, beat_s=0.01) as beat:
        until_sync(lambda: left_s(document) > 15)
        assert not beat.should_stop()

    expire(document)
    assert (tasks.sweep(), tasks.sweep(), leases.acquire(document.id)) == (1, 0, token + 1)
