"""Vectors that move to another store or model, whatever happens meanwhile; and indexes made anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.knowledge import index, lexical, moving, tasks, vectors
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document, LexicalSegment, Move
from apps.knowledge.vectors import Collection
from tests.factories import make_dataset
from tests.fakes.openai_server import FakeOpenAI
from weft.http import egress


def some_chunks(dataset: Dataset, count: int, *, embedded: bool = True) -> list[Chunk]:
    """Of one document, stored, indexed and embedded as ingestion does it."""
    document = Document.objects.create(
        dataset=dataset, name="a.txt", size_bytes=1, mime_type="text/plain", path="a", sha256="a"
    )
    rows = [
        Chunk(dataset=dataset, document=document, position=n, content=f"Passage {n}, word{n}.", sha256=str(n))
        for n in range(count)
    ]
    Chunk.objects.bulk_create(rows)
    index.put(dataset.id, rows)
    if embedded:
        egress.run_sync(lambda: index.embed(dataset, rows))
        Chunk.objects.filter(document=document).update(is_indexed=True)
        index.touch(dataset.id)
    return rows


def fresh(dataset: Dataset) -> Dataset:
    return Dataset.objects.get(id=dataset.id)


def stored(store: str, collection: Collection) -> dict[UUID, list[float]]:
    place = vectors.store_named(store)

    async def read() -> dict[UUID, list[float]]:
        return await place.read(collection, list(await place.ids(collection)))

    return egress.run_sync(read)


def embedded_passages(server: FakeOpenAI) -> list[str]:
    """Without the questions that models are tried with."""
    return [text for batch in server.embedded for text in batch if text.startswith("Passage ")]


def live(dataset: Dataset) -> dict[UUID, list[float]]:
    now = fresh(dataset)
    return stored(now.vector_store, vectors.collection_of(now))


def unit(texts: list[str], server: FakeOpenAI) -> list[list[float]]:
    from tests.fakes.openai_server import _vector

    return [list(map(float, row)) for row in vectors.store.unit_vectors([_vector(text) for text in texts])]


@pytest.mark.parametrize(("old", "new"), [("chroma", "pgvector"), ("pgvector", "chroma")])
def test_vectors_are_copied_and_switched(dataset: Dataset, server: FakeOpenAI, old: str, new: str) -> None:
    Dataset.objects.filter(id=dataset.id).update(vector_store=old)
    some_chunks(fresh(dataset), 150)
    some_chunks(fresh(dataset), 3, embedded=False)
    before, calls, revision = live(dataset), len(server.embedded), fresh(dataset).revision

    moving.start(dataset.id, store=new)
    assert moving.run(dataset.id)

    now = fresh(dataset)
    assert (now.vector_store, now.generation, now.moving) == (new, 2, {})
    assert now.revision > revision
    assert len(before) == 150
    assert live(dataset) == {chunk: pytest.approx(vector, abs=1e-6) for chunk, vector in before.items()}
    assert stored(old, Collection(dataset.id, 1)) == {}
    assert len(server.embedded) == calls
    assert Chunk.objects.filter(dataset=dataset, is_indexed=True).count() == 150
    assert not moving.run(dataset.id)


def test_another_model_embeds_anew(dataset: Dataset, server: FakeOpenAI) -> None:
    chunks = some_chunks(dataset, 70)
    Dataset.objects.filter(id=dataset.id).update(reading={"latin": 0.5})
    server.embedded.clear()

    moving.start(dataset.id, model=("acme", "other-embedding"))
    tasks.move_vectors(str(dataset.id))

    now = fresh(dataset)
    assert (now.embedding_model, now.generation, now.vector_store) == ("other-embedding", 2, "chroma")
    assert (now.reading["model"], set(now.reading["weights"])) == ("other-embedding", {"latin", "cjk"})
    assert sorted(embedded_passages(server)) == sorted(chunk.content for chunk in chunks)
    assert live(dataset).keys() == {chunk.id for chunk in chunks}
    assert stored("chroma", Collection(dataset.id, 1)) == {}


def test_what_changes_meanwhile_is_taken_over(
    dataset: Dataset, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = some_chunks(dataset, 200)
    edited, deleted = chunks[10], chunks[20]
    added: list[Chunk] = []

    def meanwhile() -> None:
        edited.content = "Another text altogether."
        edited.is_indexed = False
        edited.save()
        index.put(dataset.id, [edited])
        egress.run_sync(lambda: index.embed(dataset, [edited]))
        Chunk.objects.filter(id=edited.id).update(is_indexed=True)
        index.drop(dataset.id, [deleted.id])
        Chunk.objects.filter(id=deleted.id).delete()
        added.extend(some_chunks(dataset, 5))

    moving.start(dataset.id, store="pgvector")
    moving.run(dataset.id, at_half(meanwhile))

    ids = {chunk.id for chunk in [*chunks, *added]} - {deleted.id}
    found = live(dataset)
    assert (fresh(dataset).vector_store, found.keys()) == ("pgvector", ids)
    assert found[edited.id] == pytest.approx(unit(["Another text altogether."], server)[0], abs=1e-6)
    assert stored("chroma", Collection(dataset.id, 1)) == {}


def at_half(act: Callable[[], None]) -> moving.Progress:
    waiting = [act]

    def progress(done: int, total: int) -> None:
        if done > total / 2 and waiting:
            waiting.pop()()

    return progress


def test_a_process_that_dies_is_followed_by_one_that_goes_on(
    dataset: Dataset, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = some_chunks(dataset, 200)
    server.embedded.clear()

    def die() -> None:
        raise KeyboardInterrupt

    moving.start(dataset.id, model=("acme", "other-embedding"))
    with pytest.raises(KeyboardInterrupt):
        moving.run(dataset.id, at_half(die))
    assert (fresh(dataset).embedding_model, live(dataset).keys()) == ("fake-embedding", {each.id for each in chunks})

    assert moving.run(dataset.id)

    assert (fresh(dataset).embedding_model, live(dataset).keys()) == ("other-embedding", {each.id for each in chunks})
    assert len(embedded_passages(server)) == 200


def test_another_aim_gives_up_the_one_before(dataset: Dataset, server: FakeOpenAI) -> None:
    some_chunks(dataset, 100)

    def give_up() -> None:
        raise KeyboardInterrupt

    moving.start(dataset.id, store="pgvector")
    with pytest.raises(KeyboardInterrupt):
        moving.run(dataset.id, at_half(give_up))
    assert stored("pgvector", Collection(dataset.id, 2)) != {}

    moving.start(dataset.id, model=("acme", "other-embedding"))

    assert stored("pgvector", Collection(dataset.id, 2)) == {}
    assert moving.run(dataset.id)
    assert (fresh(dataset).vector_store, len(live(dataset))) == ("chroma", 100)


def test_only_one_process_moves_a_dataset(dataset: Dataset, server: FakeOpenAI) -> None:
    some_chunks(dataset, 100)
    refusals: list[str] = []

    def try_too() -> None:
        import threading

        def run() -> None:
            try:
                moving.run(dataset.id)
            except moving.Busy as exc:
                refusals.append(str(exc))
            finally:
                vectors.pgvector.connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    moving.start(dataset.id, store="pgvector")
    assert moving.run(dataset.id, at_half(try_too))

    assert refusals == ["Another process is moving this dataset's vectors."]


def test_a_dataset_that_goes_meanwhile_leaves_nothing(dataset: Dataset, server: FakeOpenAI) -> None:
    some_chunks(dataset, 100)

    def delete() -> None:
        now = fresh(dataset)
        index.drop_dataset(now)
        now.delete()

    moving.start(dataset.id, store="pgvector")
    assert not moving.run(dataset.id, at_half(delete))

    for store in ("chroma", "pgvector"):
        for generation in (1, 2):
            assert stored(store, Collection(dataset.id, generation)) == {}
    assert not LexicalSegment.objects.exists()


def test_settling_finds_what_is_lost_and_what_strays(dataset: Dataset, server: FakeOpenAI) -> None:
    chunks = some_chunks(dataset, 20)
    stray = uuid4()
    store, collection = vectors.store_of(dataset), vectors.collection_of(dataset)

    async def break_it() -> None:
        await store.forget_ids(collection, [chunks[3].id])
        await store.upsert(collection, chunks[0].document_id, [stray], [[1.0] * 8])

    egress.run_sync(break_it)

    assert moving.settle(dataset.id) == (1, 1)

    assert list(Chunk.objects.filter(is_indexed=False).values_list("id", flat=True)) == [chunks[3].id]
    assert stray not in live(dataset)
    assert moving.settle(dataset.id) == (0, 0)


def told(command: str, *args: Any) -> list[str]:
    out = StringIO()
    call_command(command, *args, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_moves_one_or_all(dataset: Dataset, server: FakeOpenAI) -> None:
    some_chunks(dataset, 3)
    make_dataset(dataset.workspace, name="Empty")

    assert told("migrate_vectors", "--dataset", str(dataset.id), "--to", "pgvector") == [
        "Handbook: 3 of 3",
        "Handbook: is in pgvector now",
    ]
    assert told("migrate_vectors", "--all", "--to", "pgvector") == [
        "Handbook: is in pgvector already",
        "Empty: is in pgvector now",
    ]
    assert len(live(dataset)) == 3
    assert told("migrate_vectors", "--dataset", str(dataset.id), "--to", "pgvector", "--anew")[-1] == (
        "Handbook: is in pgvector now"
    )
    assert (fresh(dataset).generation, len(live(dataset))) == (3, 3)
    missing = uuid4()
    with pytest.raises(CommandError, match=f"There is no dataset {missing}"):
        told("migrate_vectors", "--dataset", str(missing), "--to", "chroma")


def test_the_command_says_why_it_stopped(dataset: Dataset, server: FakeOpenAI) -> None:
    some_chunks(dataset, 3)
    server.mode = "unauthorized"
    with pytest.raises(CommandError, match=r"Handbook: .*API key"):
        told("migrate_vectors", "--dataset", str(dataset.id), "--to", "chroma", "--anew")
    assert (fresh(dataset).generation, len(live(dataset))) == (1, 3)


def test_the_lexical_index_is_made_anew_from_the_chunks(dataset: Dataset, server: FakeOpenAI) -> None:
    chunks = some_chunks(dataset, 10)
    Chunk.objects.filter(id=chunks[0].id).update(kind=ChunkKind.PARENT)
    expected = [each.chunk_id for each in lexical.search([dataset.id], "passage", 20) if each.chunk_id != chunks[0].id]
    lexical.remove(dataset.id, [each.id for each in chunks[:7]])
    revision = fresh(dataset).revision

    assert told("rebuild_index", "--all") == ["Handbook: 9 chunks; 0 without their vector, 1 stray vectors"]

    assert [each.chunk_id for each in lexical.search([dataset.id], "passage", 20)] == expected
    assert fresh(dataset).revision > revision


def test_a_move_that_stopped_goes_on(dataset: Dataset, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    some_chunks(dataset, 3)
    sent: list[str] = []
    monkeypatch.setattr(tasks.move_vectors, "apply_async", lambda args, **options: sent.extend(args))
    moving.start(dataset.id, model=("acme", "other-embedding"))
    server.mode = "unauthorized"
    tasks.move_vectors(str(dataset.id))
    assert (fresh(dataset).embedding_model, len(live(dataset))) == ("fake-embedding", 3)

    move = Move.objects.get(dataset=dataset)
    assert (move.error_code, move.lease_expires_at) == ("model_auth_failed", None)
    assert move.retry_at is not None
    assert move.retry_at > timezone.now()
    assert (tasks.sweep_moves(), sent) == (0, [])
    Move.objects.update(retry_at=timezone.now())
    assert (tasks.sweep_moves(), sent) == (1, [str(dataset.id)])
    server.mode = "stream"
    tasks.move_vectors(*sent)

    assert (fresh(dataset).embedding_model, len(live(dataset)), tasks.sweep_moves()) == ("other-embedding", 3, 0)


def test_one_whose_worker_was_killed_goes_on_when_its_lease_has_run_out(
    dataset: Dataset, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = some_chunks(dataset, 600)
    server.embedded.clear()
    sent: list[str] = []
    monkeypatch.setattr(tasks.move_vectors, "apply_async", lambda args, **options: sent.extend(args))

    def die() -> None:
        raise KeyboardInterrupt

    moving.start(dataset.id, model=("acme", "other-embedding"))
    with pytest.raises(KeyboardInterrupt):
        moving.run(dataset.id, at_half(die))
    # a killed process hands nothing back
    Move.objects.update(lease_expires_at=timezone.now() + timedelta(minutes=1))
    assert (tasks.sweep_moves(), sent) == (0, [])
    with pytest.raises(moving.Busy):
        moving.run(dataset.id)
    move = Move.objects.get(dataset=dataset)
    assert (move.done, move.total) == (512, 600)

    Move.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert tasks.sweep_moves() == 1
    tasks.move_vectors(*sent)

    assert (fresh(dataset).embedding_model, live(dataset).keys()) == ("other-embedding", {each.id for each in chunks})
    assert len(embedded_passages(server)) == 600


def test_what_a_stopped_worker_still_puts_is_taken_out(dataset: Dataset, server: FakeOpenAI) -> None:
    some_chunks(dataset, 100)
    before = live(dataset)

    moving.start(dataset.id, store="pgvector")
    assert not moving.run(dataset.id, at_half(lambda: moving.stop(dataset.id)))

    now = fresh(dataset)
    assert (now.moving, now.vector_store, now.generation) == ({}, "chroma", 1)
    assert live(dataset) == before
    assert stored("pgvector", Collection(dataset.id, 2)) == {}


def test_a_move_after_one_that_was_stopped_fills_a_place_of_its_own(dataset: Dataset, server: FakeOpenAI) -> None:
    chunks = some_chunks(dataset, 3)
    moving.start(dataset.id, model=("acme", "other-embedding"))
    moving.stop(dataset.id)

    assert moving.start(dataset.id, model=("acme", "third-embedding")).generation == 3
    assert moving.run(dataset.id)

    assert (fresh(dataset).embedding_model, fresh(dataset).generation) == ("third-embedding", 3)
    assert live(dataset).keys() == {each.id for each in chunks}
