"""Moving a dataset to another embedding model or vector store, as its settings page asks for it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from apps.knowledge import moving, tasks, vectors
from apps.knowledge.models import Dataset, ExternalService, Move
from apps.knowledge.services import moves
from tests.apps.knowledge.test_moving import at_half, fresh, live, some_chunks, stored
from tests.cast import Cast
from tests.fakes.openai_server import FakeOpenAI
from weft.events import topics
from weft.http import egress

OTHER = {"provider": "acme", "model": "other-embedding"}
AT_REST = {
    "state": "none",
    "to": None,
    "done": 0,
    "total": 0,
    "eta_s": None,
    "error": None,
    "retry_at": None,
}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """News on topics, in order."""
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(topics, "publish", lambda topic, event: heard.append({"topic": topic, **event}))
    return heard


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Datasets that workers were called to move."""
    calls: list[str] = []
    monkeypatch.setattr(moves, "send", lambda task, dataset_id: calls.append(dataset_id))
    return calls


def path(dataset: Dataset) -> str:
    return f"/datasets/{dataset.id}/move"


def test_a_full_dataset_goes_to_another_model_and_store(
    cast: Cast, dataset: Dataset, server: FakeOpenAI, sent: list[str], told: list[dict[str, Any]]
) -> None:
    chunks = some_chunks(dataset, 3)
    assert cast.call("viewer", "GET", path(dataset)).json() == {"dataset_id": str(dataset.id), **AT_REST}

    begun = cast.call("editor", "POST", path(dataset), {"embedding": OTHER, "vector_store": "pgvector"})

    waiting = {
        "dataset_id": str(dataset.id),
        **AT_REST,
        "state": "waiting",
        "to": {**OTHER, "vector_store": "pgvector"},
    }
    assert (begun.status_code, begun.json(), sent) == (202, waiting, [str(dataset.id)])
    assert (fresh(dataset).embedding_model, fresh(dataset).vector_store) == ("fake-embedding", "chroma")

    tasks.move_vectors(*sent)

    assert cast.call("viewer", "GET", path(dataset)).json() == {"dataset_id": str(dataset.id), **AT_REST}
    assert (fresh(dataset).embedding_model, fresh(dataset).vector_store) == ("other-embedding", "pgvector")
    assert live(dataset).keys() == {each.id for each in chunks}
    topic = f"dataset:{dataset.id}"
    # how often it is told that it moves is the clock's
    states = dict.fromkeys((each["topic"], each["type"], each["move"]["state"]) for each in told)
    assert list(states) == [
        (topic, "move", "waiting"),
        (topic, "move", "moving"),
        (topic, "move", "none"),
    ]


def test_progress_is_shown_while_it_goes(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    some_chunks(dataset, 600)
    seen: list[dict[str, Any]] = []
    cast.call("editor", "POST", path(dataset), {"vector_store": "pgvector"})

    moving.run(dataset.id, at_half(lambda: seen.append(cast.call("viewer", "GET", path(dataset)).json())))

    (shown,) = seen
    assert (shown["state"], shown["done"], shown["total"], shown["error"]) == ("moving", 512, 600, None)
    assert shown["eta_s"] >= 1


def test_an_empty_dataset_changes_at_once(cast: Cast, dataset: Dataset, sent: list[str]) -> None:
    Dataset.objects.update(reading={"provider": "acme", "model": "fake-embedding"})

    changed = cast.call("editor", "POST", path(dataset), {"embedding": OTHER})

    assert (changed.json()["state"], sent) == ("none", [])
    assert (fresh(dataset).embedding_model, fresh(dataset).reading) == ("other-embedding", {})


def test_an_emptied_dataset_takes_vectors_of_another_length(cast: Cast, dataset: Dataset) -> None:
    was, store, chunk = vectors.collection_of(dataset), vectors.store_of(dataset), uuid4()
    egress.run_sync(lambda: store.upsert(was, uuid4(), [chunk], [[0.5] * 8]))
    egress.run_sync(lambda: store.forget_ids(was, [chunk]))

    cast.call("editor", "POST", path(dataset), {"embedding": OTHER})

    now = vectors.collection_of(fresh(dataset))
    assert now.generation > was.generation
    egress.run_sync(lambda: store.upsert(now, uuid4(), [chunk], [[0.5] * 16]))
    assert egress.run_sync(lambda: store.ids(now)) == {chunk}
    assert was not in egress.run_sync(store.collections)


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("stranger", 404), ("nobody", 401)])
def test_only_editors_move(cast: Cast, dataset: Dataset, sent: list[str], who: str, status: int) -> None:
    some_chunks(dataset, 1)
    moving.start(dataset.id, store="pgvector")
    before = fresh(dataset).moving

    for method, to in [("POST", path(dataset)), ("DELETE", path(dataset)), ("POST", f"{path(dataset)}/estimate")]:
        assert cast.call(who, method, to, {"embedding": OTHER}).status_code == status
    assert cast.call(who, "GET", path(dataset)).status_code == (200 if who == "viewer" else status)

    assert (fresh(dataset).moving, fresh(dataset).embedding_model, sent) == (before, "fake-embedding", [])


@pytest.mark.parametrize(
    ("aim", "code"),
    [
        ({"embedding": {"provider": "nobody", "model": "m"}}, "model_provider_unknown"),
        ({"vector_store": "cellar"}, "invalid"),
    ],
)
def test_what_is_not_there_is_refused(cast: Cast, dataset: Dataset, aim: dict[str, Any], code: str) -> None:
    some_chunks(dataset, 1)

    refused = cast.call("editor", "POST", path(dataset), aim)

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (fresh(dataset).moving, Move.objects.exists()) == ({}, False)


def test_an_external_dataset_has_nothing_to_move(cast: Cast, dataset: Dataset) -> None:
    service = ExternalService.objects.create(workspace=cast.workspace, name="Wiki", endpoint="https://example.com")
    Dataset.objects.update(external_service=service)

    refused = cast.call("editor", "POST", path(dataset), {"embedding": OTHER})

    assert (refused.status_code, refused.json()["code"]) == (409, "dataset_external")


def test_one_move_at_a_time(cast: Cast, dataset: Dataset, sent: list[str]) -> None:
    some_chunks(dataset, 1)
    cast.call("editor", "POST", path(dataset), {"embedding": OTHER})
    under_way = fresh(dataset).moving

    refused = cast.call("editor", "POST", path(dataset), {"vector_store": "pgvector"})
    same = cast.call("editor", "POST", path(dataset), {"embedding": OTHER})
    present = cast.call("editor", "POST", path(dataset), {"vector_store": "chroma"})

    assert (refused.status_code, refused.json()["code"]) == (409, "dataset_moving")
    assert (same.json()["state"], present.json()["state"]) == ("waiting", "waiting")
    assert (fresh(dataset).moving, sent) == (under_way, [str(dataset.id)] * 2)


def test_a_stopped_move_leaves_everything_as_it_was(
    cast: Cast, dataset: Dataset, server: FakeOpenAI, sent: list[str]
) -> None:
    some_chunks(dataset, 600)
    before = live(dataset)
    cast.call("editor", "POST", path(dataset), {"embedding": OTHER})
    coming = vectors.places_of(fresh(dataset))[-1]

    stopped: list[Any] = []
    moving.run(dataset.id, at_half(lambda: stopped.append(cast.call("editor", "DELETE", path(dataset)))))

    assert [(each.status_code, each.json()["state"]) for each in stopped] == [(200, "none")]
    assert (fresh(dataset).embedding_model, live(dataset), stored(*coming)) == ("fake-embedding", before, {})
    assert cast.call("editor", "DELETE", path(dataset)).json() == {"dataset_id": str(dataset.id), **AT_REST}


def test_a_failed_move_says_why_and_is_tried_again_when_asked(
    cast: Cast, dataset: Dataset, server: FakeOpenAI, sent: list[str]
) -> None:
    some_chunks(dataset, 3)
    cast.call("editor", "POST", path(dataset), {"embedding": OTHER})
    server.mode = "unauthorized"
    tasks.move_vectors(*sent)

    shown = cast.call("viewer", "GET", path(dataset)).json()
    assert (shown["state"], shown["error"]["code"], shown["retry_at"] is None) == ("failed", "model_auth_failed", False)
    assert len(live(dataset)) == 3

    server.mode = "stream"
    again = cast.call("editor", "POST", path(dataset), {"embedding": OTHER}).json()
    assert (again["state"], again["error"], again["retry_at"]) == ("waiting", None, None)
    tasks.move_vectors(sent[-1])
    assert (fresh(dataset).embedding_model, len(live(dataset))) == ("other-embedding", 3)


def test_an_estimate_tries_the_model_and_changes_nothing(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    some_chunks(dataset, 40)
    some_chunks(dataset, 2, embedded=False)
    ask = f"{path(dataset)}/estimate"
    before = fresh(dataset)
    server.embedded.clear()

    anew = cast.call("editor", "POST", ask, {"embedding": OTHER}).json()
    assert (anew["passages"], anew["seconds"] >= 1, sum(map(len, server.embedded))) == (40, True, 32)
    copied = cast.call("editor", "POST", ask, {"vector_store": "pgvector"}).json()
    assert (copied, sum(map(len, server.embedded))) == ({"passages": 40, "seconds": None}, 32)

    server.mode = "unauthorized"
    refused = cast.call("editor", "POST", ask, {"embedding": OTHER})
    assert (refused.status_code, refused.json()["code"]) == (503, "model_auth_failed")
    assert (fresh(dataset).moving, fresh(dataset).revision) == (before.moving, before.revision)
