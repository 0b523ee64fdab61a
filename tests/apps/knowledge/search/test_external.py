"""What a service elsewhere is asked, and the order in which it answers."""

from __future__ import annotations

from typing import Any

import pytest

from apps.knowledge import external
from apps.knowledge.metadata import Filter
from apps.knowledge.models import Dataset, ExternalService
from apps.knowledge.search import Request, search
from tests.cast import Cast
from tests.factories import make_dataset

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def elsewhere(cast: Cast, clean_redis: str) -> Dataset:
    service = ExternalService.objects.create(workspace=cast.workspace, name="Archive", endpoint="http://127.0.0.1:1")
    return make_dataset(cast.workspace, name="Elsewhere", external_service=service, external_key="k")


def _answering(monkeypatch: pytest.MonkeyPatch, *records: external.Record) -> list[Filter | None]:
    """The filters that the service is sent."""
    sent: list[Filter | None] = []

    async def fake(*_: Any, filter_: Filter | None, **__: Any) -> list[external.Record]:
        sent.append(filter_)
        return list(records)

    monkeypatch.setattr(external, "retrieve", fake)
    return sent


def _condition(name: str) -> dict[str, Any]:
    return {"name": name, "operator": "is", "value": "no"}


def test_all_conditions_go_along_as_one_filter(cast: Cast, elsewhere: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = _answering(monkeypatch)
    stored = {"logical": "or", "conditions": [_condition("secret")]}
    Dataset.objects.filter(id=elsewhere.id).update(retrieval={"filter": stored})
    asked = Filter.model_validate({"conditions": [_condition("secret"), _condition("draft")]})

    search(cast.workspace.id, Request(query="q", dataset_ids=[str(elsewhere.id)], filter=asked))

    assert sent == [asked]


def test_a_service_is_not_asked_what_it_could_only_be_asked_without_conditions(
    cast: Cast, elsewhere: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = _answering(monkeypatch, external.Record("secret", 0.9, "t", {}))
    either = {"logical": "or", "conditions": [_condition("secret"), _condition("draft")]}
    Dataset.objects.filter(id=elsewhere.id).update(retrieval={"filter": either})
    asked = Filter.model_validate({"conditions": [_condition("old")]})

    found = search(cast.workspace.id, Request(query="q", dataset_ids=[str(elsewhere.id)], filter=asked))

    assert (sent, found.hits) == ([], [])
    assert [note.code for note in found.funnel.notes] == ["external_filter_refused"]


def test_what_a_service_scores_alike_stays_in_its_order(
    cast: Cast, elsewhere: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [external.Record(f"record {number}", 0.9, "t", {}) for number in range(6)]
    _answering(monkeypatch, *records, external.Record("record 0", 0.1, "again", {}))

    found = search(cast.workspace.id, Request(query="q", dataset_ids=[str(elsewhere.id)], settings={"top_k": 6}))

    assert [hit.content for hit in found.hits] == [record.content for record in records]
    assert [hit.scores["external"].rank for hit in found.hits] == [1, 2, 3, 4, 5, 6]
