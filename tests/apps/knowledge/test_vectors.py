"""What every vector store does: the same tests for Chroma and pgvector, on real servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

import numpy as np
import numpy.typing as npt
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from apps.knowledge import tasks, vectors
from apps.knowledge.allowed import Allowed
from apps.knowledge.models import VectorStore as StoreName
from apps.knowledge.vectors import Collection, OtherLengthError, VectorStore, VectorStoreError, chroma, hnsw, pgvector
from weft.http import egress

T = TypeVar("T")
Rows = npt.NDArray[np.float64]

DOCUMENT, OTHER = UUID(int=1), UUID(int=2)


@pytest.fixture(params=StoreName.values)
def store(request: pytest.FixtureRequest, transactional_db: None, chroma_url: str, clean_redis: str) -> VectorStore:
    return vectors.store_named(request.param)


@pytest.fixture
def collection() -> Collection:
    return Collection(uuid4(), 1)


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return egress.run_sync(work)


def clustered(count: int, length: int = 64, seed: int = 1) -> Rows:
    """Vectors that lie in groups, as those of texts do."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(20, length))
    rows = centres[chance.integers(0, 20, count)] + 0.5 * chance.normal(size=(count, length))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def exact(ids: Sequence[UUID], rows: Rows, vector: Rows, depth: int) -> list[UUID]:
    return [ids[index] for index in np.argsort(-(rows @ vector), kind="stable")[:depth]]


def fill(store: VectorStore, collection: Collection, rows: Rows, documents: Sequence[UUID] = (DOCUMENT,)) -> list[UUID]:
    """Stored in equal parts for the documents, in their order; the ids."""
    ids = [uuid4() for _ in rows]
    size = -(-len(rows) // len(documents))

    async def store_all() -> None:
        for index, document in enumerate(documents):
            part = slice(index * size, (index + 1) * size)
            for start in range(0, len(ids[part]), 500):
                some = slice(start, start + 500)
                await store.upsert(collection, document, ids[part][some], rows[part][some].tolist())

    run(store_all)
    return ids


def test_a_collection_that_is_not_there_is_empty(store: VectorStore, collection: Collection) -> None:
    async def ask() -> list[Any]:
        await store.forget_ids(collection, [uuid4()])
        await store.forget_document(collection, DOCUMENT)
        await store.forget(collection)
        await store.upsert(collection, DOCUMENT, [], [])
        return [
            await store.query(collection, [1.0, 0.0], 5),
            await store.read(collection, [uuid4()]),
            await store.count(collection),
            await store.ids(collection),
            await store.ids_of_document(collection, DOCUMENT),
            collection in await store.collections(),
        ]

    assert run(ask) == [[], {}, 0, set(), set(), False]


def test_the_nearest_come_first_with_their_cosine(store: VectorStore, collection: Collection) -> None:
    near, middle, far, opposite, zero = ids = [uuid4() for _ in range(5)]
    rows = [[2.0, 0.0], [3.0, 3.0], [0.0, 1.0], [-4.0, 0.0], [0.0, 0.0]]
    run(lambda: store.upsert(collection, DOCUMENT, ids, rows))

    found = run(lambda: store.query(collection, [5.0, 0.0], 10))

    assert [each for each, _ in found[:2]] == [near, middle]
    assert {each for each, _ in found[2:4]} == {far, zero}
    assert found[4][0] == opposite
    assert dict(found) == pytest.approx({near: 1, middle: 0.5**0.5, far: 0, zero: 0, opposite: -1}, abs=1e-6)
    assert run(lambda: store.query(collection, [5.0, 0.0], 2)) == found[:2]
    assert run(lambda: store.query(collection, [5.0, 0.0], 0)) == []


def test_storing_again_replaces(store: VectorStore, collection: Collection) -> None:
    one, two = uuid4(), uuid4()
    run(lambda: store.upsert(collection, DOCUMENT, [one, two], [[1.0, 0.0], [0.0, 1.0]]))
    run(lambda: store.upsert(collection, OTHER, [one, one], [[1.0, 1.0], [0.0, 2.0]]))

    async def ask() -> list[Any]:
        return [
            await store.count(collection),
            await store.read(collection, [one, uuid4()]),
            await store.ids_of_document(collection, DOCUMENT),
            await store.ids_of_document(collection, OTHER),
        ]

    assert run(ask) == [2, {one: [0.0, 1.0]}, {two}, {one}]


def test_read_gives_unit_vectors(store: VectorStore, collection: Collection) -> None:
    rows = clustered(30)
    ids = fill(store, collection, rows * 7)

    read = run(lambda: store.read(collection, ids))

    assert np.array([read[each] for each in ids]) == pytest.approx(rows, abs=1e-6)


def test_generations_and_datasets_are_apart(store: VectorStore, collection: Collection) -> None:
    following, another = Collection(collection.dataset_id, 2), Collection(uuid4(), 1)
    chunk = uuid4()

    async def act() -> list[Any]:
        await store.upsert(collection, DOCUMENT, [chunk], [[1.0, 0.0]])
        await store.upsert(following, DOCUMENT, [chunk], [[1.0, 0.0, 0.0]])
        await store.upsert(another, DOCUMENT, [chunk], [[0.0, 1.0]])
        before = {collection, following, another} & await store.collections()
        await store.forget(collection)
        counts = [await store.count(each) for each in (collection, following, another)]
        return [before, counts, {collection, following, another} & await store.collections()]

    assert run(act) == [{collection, following, another}, [0, 1, 1], {following, another}]


def test_deleting(store: VectorStore, collection: Collection) -> None:
    ids = fill(store, collection, clustered(60), (DOCUMENT, OTHER))

    async def act() -> list[Any]:
        await store.forget_ids(collection, [ids[0], ids[40], uuid4()])
        left = [await store.ids_of_document(collection, each) for each in (DOCUMENT, OTHER)]
        await store.forget_document(collection, DOCUMENT)
        found = {each for each, _ in await store.query(collection, clustered(1)[0].tolist(), 100)}
        return [left, await store.ids(collection), await store.count(collection), found]

    others = {*ids[30:40], *ids[41:]}
    assert run(act) == [[set(ids[1:30]), others], others, 29, others]


def test_more_ids_than_a_page(store: VectorStore, collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chroma, "_PAGE", 7)
    ids = fill(store, collection, clustered(50))

    async def ask() -> list[Any]:
        found = await store.ids(collection), await store.ids_of_document(collection, DOCUMENT)
        read = await store.read(collection, ids)
        await store.forget_ids(collection, ids[:20])
        return [*found, set(read), await store.count(collection)]

    assert run(ask) == [set(ids), set(ids), set(ids), 30]


@pytest.mark.parametrize("batch", [3, 10_000])
def test_what_is_allowed_is_decided_before_the_depth(
    store: VectorStore, collection: Collection, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(chroma, "_MAX_IN", batch)
    documents = [UUID(int=number) for number in range(1, 21)]
    rows = clustered(400)
    ids = fill(store, collection, rows, documents)
    owner = {chunk: documents[index // 20] for index, chunk in enumerate(ids)}
    question = clustered(1, seed=3)[0]
    best = exact(ids, rows, question, 400)
    filters = [
        Allowed(documents=frozenset(documents[:2])),
        Allowed(documents=frozenset(documents[:7])),
        Allowed(documents=frozenset()),
        Allowed(documents=frozenset([uuid4()])),
        Allowed(without_documents=frozenset(documents[:8])),
        Allowed(without_chunks=frozenset(best[:120])),
        Allowed(frozenset(documents[:9]), frozenset(documents[5:]), frozenset(best[:200])),
    ]
    for allowed in filters:
        may = [
            chunk
            for chunk in best
            if (allowed.documents is None or owner[chunk] in allowed.documents)
            and owner[chunk] not in allowed.without_documents
            and chunk not in allowed.without_chunks
        ]
        found = run(lambda allowed=allowed: store.query(collection, question.tolist(), 30, allowed))  # type: ignore[misc]
        assert [each for each, _ in found] == may[:30]


def test_documents_by_the_thousand(store: VectorStore, collection: Collection) -> None:
    [chunk] = fill(store, collection, clustered(1))
    many = frozenset(uuid4() for _ in range(40_000))
    vector = clustered(1)[0].tolist()

    async def ask() -> list[list[tuple[UUID, float]]]:
        filters = (Allowed(documents=many | {DOCUMENT}), Allowed(documents=many), Allowed(without_documents=many))
        return [await store.query(collection, vector, 5, each) for each in filters]

    assert [[each for each, _ in found] for found in run(ask)] == [[chunk], [], [chunk]]


def test_few_vectors_are_found_exactly(store: VectorStore, collection: Collection) -> None:
    rows = clustered(3000)
    ids = fill(store, collection, rows)
    questions = clustered(20, seed=5)
    place = {each: at for at, each in enumerate(ids)}

    async def ask() -> list[list[UUID]]:
        return [[each for each, _ in await store.query(collection, row.tolist(), 50)] for row in questions]

    # none is missed at any rank; which of two alike stands first is left to rounding
    for near, question in zip(run(ask), questions, strict=True):
        wanted = exact(ids, rows, question, 50)
        cosines = [[float(rows[place[each]] @ question) for each in found] for found in (near, wanted)]
        assert len(set(near)) == 50
        assert np.allclose(*cosines, rtol=0, atol=1e-6)


def test_another_length_is_refused_by_name_and_taken_by_an_emptied_collection(
    store: VectorStore, collection: Collection
) -> None:
    one, two = uuid4(), uuid4()
    run(lambda: store.upsert(collection, DOCUMENT, [one, two], [[1.0, 0.0], [0.0, 1.0]]))
    for work in (
        lambda: store.upsert(collection, DOCUMENT, [one], [[1.0, 0.0, 0.0]]),
        lambda: store.query(collection, [1.0, 0.0, 0.0], 5),
    ):
        with pytest.raises(OtherLengthError) as refusal:
            run(work)
        told = refusal.value.of("Handbook")
        assert (told.status, told.expected, told.got) == (422, 2, 3)
        assert str(collection.dataset_id) in refusal.value.message
        assert told.message == (
            "The vectors of the dataset Handbook have 2 numbers, and its embedding model gave one of 3: it is another "
            "model than made them. Choose that one again in the dataset's settings, or have all made anew with "
            "`manage.py migrate_vectors --anew`."
        )
    assert run(lambda: store.ids(collection)) == {one, two}

    run(lambda: store.forget_ids(collection, [one]))
    run(lambda: store.forget_document(collection, DOCUMENT))
    assert run(lambda: store.query(collection, [1.0, 0.0, 0.0], 5)) == []
    run(lambda: store.upsert(collection, DOCUMENT, [two], [[0.0, 0.0, 1.0]]))

    assert run(lambda: store.read(collection, [one, two])) == {two: [0.0, 0.0, 1.0]}
    assert [id_ for id_, _ in run(lambda: store.query(collection, [1.0, 0.0, 0.0], 5))] == [two]


def test_workers_that_meet_at_an_emptied_collection_lose_nothing_of_each_other(
    store: VectorStore, collection: Collection
) -> None:
    """The model is another one, and many documents come at once."""

    async def all_at_once(ids: list[UUID], length: int) -> set[UUID]:
        await store.forget_ids(collection, sorted(await store.ids(collection)))
        await asyncio.gather(*(store.upsert(collection, DOCUMENT, [each], [[1.0] * length]) for each in ids))
        return await store.ids(collection)

    for length in (2, 3, 2, 3):
        ids = [uuid4() for _ in range(6)]
        assert run(partial(all_at_once, ids, length)) == set(ids)


@pytest.mark.parametrize("row", [[1.0, 2.0, 3.0], [float("nan"), 1.0], [float("inf"), 1.0], []], ids=str)
def test_vectors_that_do_not_fit_are_refused(store: VectorStore, collection: Collection, row: list[float]) -> None:
    chunk = uuid4()
    run(lambda: store.upsert(collection, DOCUMENT, [chunk], [[1.0, 0.0]]))

    for work in (
        lambda: store.upsert(collection, DOCUMENT, [chunk], [row]),
        lambda: store.upsert(collection, DOCUMENT, [chunk, uuid4()], [[1.0, 0.0], row]),
        lambda: store.query(collection, row, 5),
    ):
        with pytest.raises(VectorStoreError) as refusal:
            run(work)
        assert refusal.value.status == 422

    assert run(lambda: store.read(collection, [chunk])) == {chunk: [1.0, 0.0]}
    assert run(lambda: store.count(collection)) == 1


def test_many_write_at_once(store: VectorStore, collection: Collection) -> None:
    rows = clustered(200)
    ids = [uuid4() for _ in rows]

    async def write(start: int) -> None:
        # every batch is written twice, by two writers at a time
        for some in range(start, start + 50, 10):
            await store.upsert(collection, DOCUMENT, ids[some : some + 10], rows[some : some + 10].tolist())

    async def act() -> int:
        await asyncio.gather(*(write(start) for start in (0, 0, 50, 50, 100, 100, 150, 150)))
        return await store.count(collection)

    assert run(act) == 200


def test_chroma_that_is_away_says_so(settings: Settings, collection: Collection) -> None:
    settings.CHROMA_URL = "http://127.0.0.1:9"
    with pytest.raises(VectorStoreError) as refusal:
        run(lambda: chroma.Chroma().count(collection))
    assert (refusal.value.status, "http://127.0.0.1:9" in refusal.value.message) == (0, True)


@pytest.mark.parametrize("length", [64, 2500])
def test_a_grown_collection_gets_an_index(
    transactional_db: None, clean_redis: str, collection: Collection, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    store, count = pgvector.Pgvector(), 1500 if length < 2000 else 150
    monkeypatch.setattr(hnsw, "FROM", count)
    rows = clustered(count + 50, length)
    documents = [UUID(int=number) for number in range(1, 11)]
    ids = fill(store, collection, rows, documents)
    before = hnsw.is_built(collection)
    assert (before, hnsw.tend(collection), hnsw.is_built(collection), hnsw.tend(collection)) == (
        False,
        True,
        True,
        True,
    )
    by_index: list[bool] = []
    nearest = pgvector._nearest

    def noted(*args: Any, **kwargs: Any) -> list[tuple[UUID, float]]:
        by_index.append(kwargs["by_index"])
        return nearest(*args, **kwargs)

    monkeypatch.setattr(pgvector, "_nearest", noted)
    questions = clustered(10, length, seed=5)
    overlap = []
    for question in questions:
        found = run(lambda question=question: store.query(collection, question.tolist(), 20))  # type: ignore[misc]
        overlap.append(len({each for each, _ in found} & set(exact(ids, rows, question, 20))) / 20)
    assert np.mean(overlap) > 0.97
    assert by_index == [True] * 10

    few = Allowed(documents=frozenset(documents[:1]))
    size = -(-len(rows) // 10)
    found = run(lambda: store.query(collection, questions[0].tolist(), 20, few))
    assert [each for each, _ in found] == exact(ids[:size], rows[:size], questions[0], 20)
    assert by_index[10:] == [False]

    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(hnsw, "send", lambda task, *arguments: asked.append(arguments))
    with CaptureQueriesContext(connection) as queries:
        run(lambda: store.forget(collection))
    # the index goes in a task, outside any transaction: dropping it here would make all datasets' searches wait
    assert [each["sql"] for each in queries if "INDEX" in each["sql"]] == []
    assert (asked, hnsw.is_built(collection)) == ([(str(collection.dataset_id), 1)], True)
    assert run(lambda: store.collections(collection.dataset_id)) == {collection}
    with CaptureQueriesContext(connection) as queries:
        tasks.index_vectors(*asked[0])
    assert [each["sql"] for each in queries if "INDEX" in each["sql"]] == [
        f"DROP INDEX CONCURRENTLY IF EXISTS {hnsw.name_of(collection)}"
    ]
    assert not hnsw.is_built(collection)
    assert run(lambda: store.collections(collection.dataset_id)) == set()
