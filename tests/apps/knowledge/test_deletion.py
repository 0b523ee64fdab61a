"""Deleted documents and datasets leave nothing in any store."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from apps.knowledge import services, tasks, vectors
from apps.knowledge.models import Chunk, Dataset, Document
from apps.knowledge.search import Request, search
from tests.apps.knowledge.uploads import chunk_ids, long_text, run_in_thread, stored_ids, upload
from tests.cast import Cast
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync
from weft.http import egress, storage


def test_a_deleted_document_leaves_nothing(cast: Cast, dataset: Dataset, files: Path) -> None:
    first = upload(cast, dataset, "a.txt", b"The same passage.")
    twin = upload(cast, dataset, "b.txt", b"The same passage.")
    for each in (first, twin):
        tasks.ingest_document(str(each.id))
    assert first.path == twin.path

    services.delete_document(cast.editor, first.id)
    assert (Document.objects.count(), stored_ids(first), stored_ids(twin)) == (1, set(), chunk_ids(twin))
    assert storage.locate(twin.path).exists()

    services.delete_document(cast.editor, twin.id)
    assert (Document.objects.count(), Chunk.objects.count(), stored_ids(twin)) == (0, 0, set())
    assert [path for path in files.rglob("*") if path.is_file()] == []


def test_a_deleted_dataset_takes_its_collection_along(cast: Cast, dataset: Dataset, files: Path) -> None:
    document = upload(cast, dataset, "a.txt", b"One passage.")
    tasks.ingest_document(str(document.id))

    id_ = dataset.id

    services.delete_dataset(cast.editor, dataset.id)

    assert (Dataset.objects.count(), Document.objects.count(), Chunk.objects.count()) == (0, 0, 0)
    assert egress.run_sync(lambda: vectors.store_of(dataset).query(vectors.Collection(id_, 1), [1.0] * 8, 5)) == []
    assert [path for path in files.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("whole_dataset", [False, True])
def test_deleting_in_the_middle_leaves_no_orphan(
    cast: Cast, dataset: Dataset, server: FakeOpenAI, whole_dataset: bool
) -> None:
    server.mode, server.free_batches = "hang_embeddings", 1
    document = upload(cast, dataset, "long.md", long_text(40))
    thread = run_in_thread(document)
    until_sync(lambda: len(server.embedded) == 2)

    if whole_dataset:
        services.delete_dataset(cast.editor, dataset.id)
    else:
        services.delete_document(cast.editor, document.id)
    thread.join(5)

    assert not thread.is_alive()
    assert (Document.objects.count(), Chunk.objects.count(), stored_ids(document)) == (0, 0, set())


def test_vectors_go_later_when_the_store_is_away(cast: Cast, dataset: Dataset, settings: Settings) -> None:
    document = upload(cast, dataset, "a.txt", b"One passage.")
    tasks.ingest_document(str(document.id))
    ids = chunk_ids(document)
    right, settings.CHROMA_URL = settings.CHROMA_URL, "http://127.0.0.1:9"
    services.delete_document(cast.editor, document.id)
    settings.CHROMA_URL = right
    assert stored_ids(document) == ids

    request = Request(query="One passage.", dataset_ids=[str(dataset.id)])
    assert search(cast.workspace.id, request).hits == []
    tasks.forget(str(dataset.id), str(document.id))

    assert stored_ids(document) == set()
