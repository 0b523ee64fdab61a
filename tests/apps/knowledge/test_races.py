"""Edits, replacements and losses that meet a worker in the middle: what is found is what the rows say, in the end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.knowledge import audit, index, leases, moving, parser_process, services, tasks, vectors
from apps.knowledge.ingestion import embedding as ingest_embedding
from apps.knowledge.ingestion import parsers, reading
from apps.knowledge.ingestion.hold import Hold
from apps.knowledge.models import Chunk, Dataset, Document, DocumentPart, Stage
from apps.knowledge.services import Upload
from apps.knowledge.services.children import regenerate_children
from tests.cast import Cast
from tests.fakes.openai_server import FakeOpenAI
from weft.http import egress

BOOK = "\n\n".join(f"# Number {n}\n\nA passage about number {n}." for n in range(40)).encode()


def add(cast: Cast, dataset: Dataset, text: bytes = BOOK, name: str = "a.md") -> Document:
    return services.add_documents(cast.editor, dataset.id, [Upload(name, [text])])[0]


def ready(cast: Cast, dataset: Dataset, text: bytes = BOOK) -> Document:
    document = add(cast, dataset, text)
    tasks.ingest_document(str(document.id))
    return document


def fresh(document: Document) -> Document:
    return Document.objects.select_related("dataset").get(id=document.id)


def vectors_of(dataset: Dataset) -> dict[UUID, list[float]]:
    store, collection = vectors.store_of(dataset), vectors.collection_of(dataset)

    async def read() -> dict[UUID, list[float]]:
        return await store.read(collection, list(await store.ids(collection)))

    return egress.run_sync(read)


def test_who_loaded_an_older_file_reads_no_part_of_the_new_one(cast: Cast, dataset: Dataset) -> None:
    document = add(cast, dataset, b"Old words.")
    add(cast, dataset, b"Old words.", "twin.md")  # the old file stays on the disk
    late = fresh(document)
    services.replace_file(cast.editor, document.id, Upload("a.md", [b"New words."]))
    assert leases.acquire(document.id) is not None
    part = DocumentPart.objects.create(document=document, position=0, first=1, last=1)

    assert not reading.read_one(late)

    part.refresh_from_db()
    assert (part.blocks, part.attempts, part.lease_expires_at) == (None, 0, None)
    assert reading.read_one(fresh(document))
    part.refresh_from_db()
    assert part.blocks is not None
    assert [block["text"] for block in part.blocks["blocks"]] == ["New words."]


def test_a_part_that_is_read_while_the_file_is_replaced_is_not_kept(
    cast: Cast, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = add(cast, dataset, b"Old words.")
    assert leases.acquire(document.id) is not None
    part = DocumentPart.objects.create(document=document, position=0, first=1, last=1)
    read = parsers.read

    def slowly(*args: Any) -> object:
        Document.objects.filter(id=document.id).update(sha256="0" * 64)
        return read(*args)

    monkeypatch.setattr(parsers, "read", slowly)
    with pytest.raises(parser_process.Stopped):
        reading.read_one(fresh(document))

    part.refresh_from_db()
    assert part.blocks is None


def test_an_edit_while_its_document_is_embedded_gets_its_vector(
    cast: Cast, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = add(cast, dataset)
    embed = ingest_embedding._index
    edited: list[UUID] = []

    def then_edit(hold: Hold, ids: Sequence[UUID]) -> None:
        embed(hold, ids)
        if not edited:
            first = Chunk.objects.filter(document=document, is_indexed=True).earliest("position")
            edited.append(services.update_chunk(cast.editor, first.id, content="Zebras graze.").id)

    monkeypatch.setattr(ingest_embedding, "_index", then_edit)
    tasks.ingest_document(str(document.id))

    after = fresh(document)
    assert (after.stage, after.done, after.total) == (Stage.READY, 40, 40)
    assert Chunk.objects.get(id=edited[0]).is_indexed
    assert edited[0] in vectors_of(dataset)
    assert not audit.look(dataset)


def test_of_two_edits_the_last_one_s_vector_stays(
    cast: Cast, dataset: Dataset, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first edit's vector is on its way when the second edit comes, is embedded, and is done."""
    chunk = Chunk.objects.get(document=ready(cast, dataset, b"# One\n\nFirst text."))
    embed = index.embed
    begun: list[int] = []

    async def slowly(dataset: Dataset, chunks: Sequence[Chunk]) -> None:
        begun.append(1)
        if len(begun) == 1:
            second = threading.Thread(target=services.update_chunk, args=(cast.editor, chunk.id), kwargs=SECOND)
            second.start()
            await asyncio.to_thread(second.join)
        await embed(dataset, chunks)

    monkeypatch.setattr(index, "embed", slowly)
    services.update_chunk(cast.editor, chunk.id, content="First edit.")
    monkeypatch.undo()

    row = Chunk.objects.get(id=chunk.id)
    assert (row.content, row.is_indexed, fresh(row.document).stage) == ("Second edit.", True, Stage.READY)
    there = vectors_of(dataset)[chunk.id]
    egress.run_sync(lambda: index.embed(dataset, [row]))
    assert np.allclose(there, vectors_of(dataset)[chunk.id], atol=1e-5)
    assert server.embedded[-2] == ["One\nSecond edit."]


SECOND = {"content": "Second edit."}


def test_chunks_that_the_store_has_lost_are_embedded_again(cast: Cast, dataset: Dataset) -> None:
    document = ready(cast, dataset)
    lost = list(vectors_of(dataset))[:3]
    egress.run_sync(lambda: vectors.forget_ids(dataset, lost))

    assert moving.settle(dataset.id) == (3, 0)

    assert (fresh(document).done, fresh(document).total) == (37, 40)
    Document.objects.update(updated_at=timezone.now() - timedelta(minutes=10))
    assert tasks.sweep() == 1
    tasks.ingest_waiting()
    assert (fresh(document).stage, fresh(document).done) == (Stage.READY, 40)
    assert set(lost) <= set(vectors_of(dataset))


def locks_of(captured: CaptureQueriesContext) -> list[str]:
    """Rows and files as they were locked, in order."""
    named = {"FOR UPDATE": "rows", "pg_advisory_xact_lock": "file"}
    return [name for each in captured for sign, name in named.items() if sign in each["sql"]]


def test_rows_are_locked_before_files(cast: Cast, dataset: Dataset) -> None:
    documents = [add(cast, dataset, text, name) for text, name in ((b"One.", "1.md"), (b"Two.", "2.md"))]

    with CaptureQueriesContext(connection) as captured:
        services.replace_file(cast.editor, documents[0].id, Upload("1.md", [b"Three."]))
    assert locks_of(captured)[:2] == ["rows", "file"]

    with CaptureQueriesContext(connection) as captured:
        services.delete_documents(cast.editor, dataset.id, [each.id for each in documents])
    assert locks_of(captured)[0] == "rows"
    [rows] = [each["sql"] for each in captured if "FOR UPDATE" in each["sql"]]
    assert 'ORDER BY "knowledge_document"."id" ASC' in rows
    files = [each["sql"] for each in captured if "pg_advisory_xact_lock" in each["sql"]][:2]
    numbers = [int(each.partition("(")[2].partition(")")[0]) for each in files]
    assert numbers == sorted(numbers)
    assert not Document.objects.exists()


def test_children_are_cut_anew_in_one_go(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    text = "# P\n\n" + " ".join(f"Sentence number {n} says thing {n} and no more than that." for n in range(20))
    rule = {"chunker": {"mode": "parent_child", "parent_size": 8000, "child_size": 60}}
    [document] = services.add_documents(cast.editor, dataset.id, [Upload("a.md", [text.encode()])], processing=rule)
    tasks.ingest_document(str(document.id))
    parent = Chunk.objects.get(document=document, kind="parent")
    before = set(parent.children.values_list("id", flat=True))
    server.embedded.clear()

    with CaptureQueriesContext(connection) as captured:
        made = regenerate_children(cast.editor, parent.id)

    assert len(made) == len(before) == 20
    assert list(parent.children.order_by("position").values_list("id", flat=True)) == [each.id for each in made]
    assert before.isdisjoint(each.id for each in made)
    assert [len(batch) for batch in server.embedded] == [20]
    assert sum('INSERT INTO "knowledge_chunk"' in each["sql"] for each in captured) == 1
    assert (fresh(document).stage, fresh(document).done, fresh(document).total) == (Stage.READY, 20, 20)
    assert not audit.look(dataset)
