"""A deleted dataset leaves no vectors in any store, whatever was under way; the auditor says so."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from apps.knowledge import audit, forgetting, moving, services, tasks, vectors
from apps.knowledge.models import Dataset
from apps.knowledge.vectors import Collection
from tests.cast import Cast
from tests.factories import make_dataset
from weft.http import egress


def put(store: str, dataset: Dataset, generation: int) -> None:
    place, collection = vectors.store_named(store), Collection(dataset.id, generation)
    egress.run_sync(lambda: place.upsert(collection, uuid4(), [uuid4()], [[0.5] * 8]))


def orphans(dataset: Dataset) -> set[tuple[str, int]]:
    found = audit.look_outside().of("collection_orphan")
    return {(name, each.generation) for name, each in found if each.dataset_id == dataset.id}


def test_every_generation_goes(cast: Cast, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those of moves that were interrupted, and what a batch puts that was on its way."""
    later: list[Any] = []
    monkeypatch.setattr(forgetting, "send", lambda task, *arguments, countdown: later.append(arguments))
    other = make_dataset(dataset.workspace, name="Other")
    moving.start(dataset.id, store="pgvector")
    for store, generation in (("chroma", 1), ("chroma", 3), ("pgvector", 2), ("pgvector", 4)):
        put(store, dataset, generation)
    put("chroma", other, 1)

    services.delete_dataset(cast.owner, dataset.id)

    assert orphans(dataset) == set()
    assert egress.run_sync(lambda: vectors.store_of(other).count(vectors.collection_of(other))) == 1
    put("pgvector", dataset, 2)
    assert orphans(dataset) == {("pgvector", 2)}
    [arguments] = later
    tasks.forget_dataset(*arguments)
    assert orphans(dataset) == set()


def test_a_store_that_is_away_is_emptied_when_it_is_back(
    cast: Cast, dataset: Dataset, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    later: list[Any] = []
    monkeypatch.setattr(
        forgetting, "send", lambda task, *arguments, countdown=0: None if countdown else later.append(arguments)
    )
    put("chroma", dataset, 1)
    put("pgvector", dataset, 2)
    there, settings.CHROMA_URL = settings.CHROMA_URL, "http://127.0.0.1:9"

    services.delete_dataset(cast.owner, dataset.id)

    settings.CHROMA_URL = there
    assert orphans(dataset) == {("chroma", 1)}
    assert later == [(str(dataset.id), ["chroma"])]
    tasks.forget_dataset(*later[0])
    assert orphans(dataset) == set()


def test_a_store_that_nobody_runs_any_more_is_not_waited_for(
    cast: Cast, dataset: Dataset, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    later: list[Any] = []
    monkeypatch.setattr(
        forgetting, "send", lambda task, *arguments, countdown=0: None if countdown else later.append(arguments)
    )
    Dataset.objects.update(vector_store="pgvector")
    put("pgvector", dataset, 1)
    there, settings.CHROMA_URL = settings.CHROMA_URL, "http://127.0.0.1:9"

    services.delete_dataset(cast.owner, dataset.id)

    settings.CHROMA_URL = there
    assert (later, orphans(dataset)) == ([], set())
