"""The auditor finds what was broken on purpose, in each store and both ways, and puts it right."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.knowledge import audit, lexical, services, tasks, vectors
from apps.knowledge.models import Chunk, Dataset, Document, Stage
from apps.knowledge.services import Upload
from tests.cast import Cast
from weft.http import egress, storage

TEXT = "\n\n".join(f"# Number {n}\n\nA passage about number {n}." for n in range(3)).encode()


@pytest.fixture
def document(cast: Cast, dataset: Dataset) -> Document:
    [added] = services.add_documents(cast.editor, dataset.id, [Upload("a.md", [TEXT])])
    tasks.ingest_document(str(added.id))
    return Document.objects.select_related("dataset").get(id=added.id)


def store_of(document: Document) -> tuple[Any, Any]:
    return vectors.store_of(document.dataset), vectors.collection_of(document.dataset)


def lose_vector(document: Document) -> uuid.UUID:
    chunk = document.chunks.all()[0]
    egress.run_sync(lambda: vectors.forget_ids(document.dataset, [chunk.id]))
    return chunk.id


def leave_vector(document: Document) -> uuid.UUID:
    store, collection = store_of(document)
    orphan = uuid.uuid4()
    egress.run_sync(lambda: store.upsert(collection, document.id, [orphan], [[0.5] * 8]))
    return orphan


def lose_terms(document: Document) -> uuid.UUID:
    chunk = document.chunks.all()[0]
    lexical.remove(document.dataset_id, [chunk.id])
    return chunk.id


def leave_terms(document: Document) -> uuid.UUID:
    orphan = uuid.uuid4()
    lexical.add(document.dataset_id, [lexical.Entry(orphan, document.id, "words of nobody")])
    return orphan


def lose_embedding(document: Document) -> uuid.UUID:
    chunk = document.chunks.all()[0]
    Chunk.objects.filter(id=chunk.id).update(is_indexed=False)
    return chunk.id


def misplace(document: Document) -> uuid.UUID:
    chunk = document.chunks.all()[0]
    Chunk.objects.filter(id=chunk.id).update(start=3)
    return chunk.id


def miscount(document: Document) -> uuid.UUID:
    Document.objects.filter(id=document.id).update(chunk_count=7)
    return document.id


def kill(document: Document) -> uuid.UUID:
    ago = timezone.now() - timedelta(hours=1)
    Document.objects.filter(id=document.id).update(stage=Stage.EMBEDDING, lease_expires_at=ago)
    return document.id


WRONGS: dict[str, Callable[[Document], uuid.UUID]] = {
    "vector_missing": lose_vector,
    "vector_orphan": leave_vector,
    "terms_missing": lose_terms,
    "terms_orphan": leave_terms,
    "embedding_missing": lose_embedding,
    "chunk_misplaced": misplace,
    "count_wrong": miscount,
    "lease_dead": kill,
}


@pytest.mark.parametrize("kind", WRONGS)
def test_what_is_wrong_is_found_and_put_right(document: Document, kind: str) -> None:
    before = set(document.chunks.values_list("id", flat=True))
    assert not audit.look(document.dataset)
    wrong = WRONGS[kind](document)

    found = audit.look(document.dataset)
    assert found.by_kind[kind] == {wrong}  # type: ignore[index]
    assert set(found.report()) - {"count_wrong"} == {kind} - {"count_wrong"}

    audit.repair(document.dataset, found)
    tasks.ingest_document(str(document.id))

    assert not audit.look(document.dataset)
    after = Document.objects.get(id=document.id)
    assert (after.stage, set(after.chunks.values_list("id", flat=True))) == (Stage.READY, before)


def test_a_file_that_is_gone_is_told_and_its_text_stays(document: Document) -> None:
    storage.delete(document.path)

    found = audit.look(document.dataset)
    audit.repair(document.dataset, found)

    assert found.by_kind["file_missing"] == {document.id}
    assert Document.objects.get(id=document.id).stage == Stage.READY


def test_files_and_collections_of_nobody(document: Document, files: Path) -> None:
    lonely = storage.save("documents", [b"of nobody"], name="x", max_bytes=100)
    os.utime(storage.locate(lonely.path), (1, 1))
    fresh = storage.save("documents", [b"just coming in"], name="y", max_bytes=100)
    store, gone = vectors.store_of(document.dataset), vectors.Collection(uuid.uuid4(), 1)
    egress.run_sync(lambda: store.upsert(gone, uuid.uuid4(), [uuid.uuid4()], [[0.5] * 8]))

    found = audit.look_outside()
    assert found.by_kind["file_orphan"] == {lonely.path}
    assert ("chroma", gone) in found.by_kind["collection_orphan"]

    audit.repair_outside(audit.Finding({"file_orphan": {lonely.path}, "collection_orphan": {("chroma", gone)}}))
    assert not storage.locate(lonely.path).exists()
    assert storage.locate(fresh.path).exists()
    assert storage.locate(document.path).exists()
    assert ("chroma", gone) not in audit.look_outside().of("collection_orphan")


def test_a_collection_of_a_generation_that_was_is_of_nobody(document: Document) -> None:
    """A batch that was on its way when the vectors moved may bring one back."""
    dataset = document.dataset
    store, was = vectors.store_of(dataset), vectors.collection_of(dataset)
    filling = vectors.Collection(dataset.id, was.generation + 2)
    for each in (filling, vectors.Collection(dataset.id, was.generation + 1)):
        egress.run_sync(lambda each=each: store.upsert(each, document.id, [uuid.uuid4()], [[0.5] * 8]))
    Dataset.objects.filter(id=dataset.id).update(
        generation=was.generation + 1, moving={"vector_store": "chroma", "generation": was.generation + 2}
    )

    def found() -> set[vectors.Collection]:
        orphans = audit.look_outside().of("collection_orphan")
        return {each for _, each in orphans if each.dataset_id == dataset.id}

    assert found() == {was}
    audit.repair_outside(audit.Finding({"collection_orphan": {("chroma", was)}}))
    assert egress.run_sync(lambda: store.count(was)) == 0
    assert found() == set()
    Dataset.objects.filter(id=dataset.id).update(moving={})
    assert found() == {filling}


@pytest.mark.parametrize("stage", [Stage.PAUSED, Stage.CANCELLED])
def test_what_people_stopped_stays_so(document: Document, stage: Stage) -> None:
    Document.objects.filter(id=document.id).update(stage=stage)
    chunk_id = lose_vector(document)

    audit.repair(document.dataset, audit.look(document.dataset))

    assert Document.objects.get(id=document.id).stage == stage
    assert not Chunk.objects.get(id=chunk_id).is_indexed


def command(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    out, status = StringIO(), 0
    try:
        call_command("audit_knowledge", *arguments, stdout=out)
    except SystemExit as exc:
        status = int(str(exc.code))
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_command_says_it_in_json_and_by_its_status(document: Document) -> None:
    only = f"--dataset={document.dataset_id}"
    calm = {
        "dataset": str(document.dataset_id),
        "name": "Handbook",
        "documents": 1,
        "chunks": 3,
        "findings": {},
        "repaired": False,
    }
    assert command(only) == (0, [calm])

    orphan = leave_vector(document)
    wrong = {**calm, "findings": {"vector_orphan": {"count": 1, "examples": [str(orphan)]}}}
    assert command(only) == (1, [wrong])
    assert command(only, "--repair") == (1, [{**wrong, "repaired": True}])
    assert command(only) == (0, [calm])


def test_the_command_refuses_a_dataset_that_is_none(document: Document) -> None:
    with pytest.raises(CommandError, match="There is no dataset"):
        call_command("audit_knowledge", f"--dataset={uuid.uuid4()}")
