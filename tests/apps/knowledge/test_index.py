"""What ingestion and edits call: terms with the rows, vectors after them, and a revision for everything."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import transaction
from pytest_django import Settings

from apps.knowledge import forgetting, index, lexical, tasks, vectors
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document, LexicalSegment
from tests.factories import make_dataset
from tests.fakes.openai_server import FakeOpenAI
from weft.http import egress


def make_chunks(dataset: Dataset, *texts: str, kind: ChunkKind = ChunkKind.PASSAGE) -> list[Chunk]:
    document = Document.objects.create(
        dataset=dataset, name="a.txt", size_bytes=1, mime_type="text/plain", path="a", sha256="a"
    )
    rows = [Chunk(dataset=dataset, document=document, kind=kind, position=n, content=t) for n, t in enumerate(texts)]
    return Chunk.objects.bulk_create(rows)


def found(dataset: Dataset, query: str) -> list[UUID]:
    return [each.chunk_id for each in lexical.search([dataset.id], query, 10)]


def revision(dataset: Dataset) -> int:
    return Dataset.objects.values_list("revision", flat=True).get(id=dataset.id)


def stored(dataset: Dataset) -> set[UUID]:
    return egress.run_sync(lambda: vectors.store_of(dataset).ids(vectors.collection_of(dataset)))


def test_terms_come_and_go_with_the_rows(dataset: Dataset) -> None:
    one, two = make_chunks(dataset, "Receipts are handed in.", "火车票需要预订")
    index.put(dataset.id, [one, two])
    assert (found(dataset, "receipt"), found(dataset, "火车"), revision(dataset)) == ([one.id], [two.id], 1)

    with transaction.atomic():
        index.drop(dataset.id, [one.id])
        transaction.set_rollback(True)
    assert (found(dataset, "receipt"), revision(dataset)) == ([one.id], 1)

    index.drop(dataset.id, [one.id])
    assert (found(dataset, "receipt"), found(dataset, "火车"), revision(dataset)) == ([], [two.id], 2)

    index.drop_document(dataset.id, two.document_id)
    assert (found(dataset, "火车"), revision(dataset), LexicalSegment.objects.count()) == ([], 3, 0)


def test_parents_are_not_searched(dataset: Dataset) -> None:
    index.put(dataset.id, make_chunks(dataset, "Receipts.", kind=ChunkKind.PARENT))
    assert (found(dataset, "receipts"), LexicalSegment.objects.count()) == ([], 0)


def test_what_is_searched_of_a_chunk() -> None:
    chunk = Chunk(content="A meal may cost forty euro.", headings=["Rules", "A meal"], answer="Yes.", keywords=["food"])
    assert index.searched_text(chunk) == "Rules\nA meal may cost forty euro.\nYes.\nfood"
    assert index.searched_text(Chunk(content="Only this.")) == "Only this."


def test_vectors_go_after_the_rows(dataset: Dataset, server: FakeOpenAI) -> None:
    one, two, three = make_chunks(dataset, "One.", "Two.", "Three.")
    index.put(dataset.id, [one, two, three])
    egress.run_sync(lambda: index.embed(dataset, [one, two, three]))
    assert stored(dataset) == {one.id, two.id, three.id}

    with transaction.atomic():
        Chunk.objects.filter(id=one.id).delete()
        index.drop(dataset.id, [one.id])
        assert stored(dataset) == {one.id, two.id, three.id}
    assert stored(dataset) == {two.id, three.id}

    # the same text is back before its vector could go: it stays
    index.drop(dataset.id, [two.id])
    assert stored(dataset) == {two.id, three.id}

    Document.objects.filter(id=three.document_id).delete()
    index.drop_document(dataset.id, three.document_id)
    assert stored(dataset) == set()


def test_vectors_go_later_when_the_store_is_away(
    dataset: Dataset, server: FakeOpenAI, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    [one] = make_chunks(dataset, "One.")
    index.put(dataset.id, [one])
    egress.run_sync(lambda: index.embed(dataset, [one]))
    later: list[tuple[object, ...]] = []
    monkeypatch.setattr(forgetting, "send", lambda task, *args: later.append(args))
    right, settings.CHROMA_URL = settings.CHROMA_URL, "http://127.0.0.1:9"

    Chunk.objects.filter(id=one.id).delete()
    index.drop(dataset.id, [one.id])

    settings.CHROMA_URL = right
    assert (found(dataset, "one"), stored(dataset), len(later)) == ([], {one.id}, 1)
    tasks.forget(*later[0])
    assert stored(dataset) == set()


@pytest.mark.parametrize("store", ["chroma", "pgvector"])
def test_a_dataset_leaves_nothing(dataset: Dataset, server: FakeOpenAI, store: str) -> None:
    Dataset.objects.filter(id=dataset.id).update(vector_store=store)
    dataset.refresh_from_db()
    [one] = make_chunks(dataset, "One.")
    index.put(dataset.id, [one])
    egress.run_sync(lambda: index.embed(dataset, [one]))
    place, collection = vectors.store_of(dataset), vectors.collection_of(dataset)
    assert egress.run_sync(lambda: place.count(collection)) == 1

    with transaction.atomic():
        index.drop_dataset(dataset)
        dataset.delete()

    assert LexicalSegment.objects.count() == 0
    assert collection not in egress.run_sync(place.collections)


def test_an_operator_chooses_the_store_of_new_datasets(dataset: Dataset, settings: Settings) -> None:
    settings.VECTOR_STORE = "pgvector"
    assert make_dataset(dataset.workspace, name="Another").vector_store == "pgvector"
    assert Dataset.objects.get(id=dataset.id).vector_store == "chroma"
