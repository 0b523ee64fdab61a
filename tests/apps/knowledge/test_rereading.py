"""Reading a document again: what stayed the same keeps its ids, its vectors and what people set on it."""

from __future__ import annotations

import threading
from importlib import import_module
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import connection

from apps.knowledge import index, ingestion, services, tasks, vectors
from apps.knowledge.models import Chunk, Dataset, Document, DocumentPart, Stage
from apps.knowledge.services import Upload
from apps.knowledge.shapes import document_shape
from tests.cast import Cast
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync
from weft.http import egress

SENTENCE = "This is sentence number {n} of the section, and it says something of its own. "


def section(n: int, word: str = "") -> str:
    return f"# Number {n}\n\n{word}{SENTENCE.format(n=n) * 9}"


def text_of(*sections: str) -> bytes:
    return "\n\n".join(sections).encode()


def stored_ids(document: Document) -> set[UUID]:
    store, collection = vectors.store_of(document.dataset), vectors.collection_of(document.dataset)
    return egress.run_sync(lambda: store.ids_of_document(collection, document.id))


def chunks_of(document: Document) -> dict[str, Chunk]:
    """By the heading that each stands under."""
    return {chunk.headings[0]: chunk for chunk in Chunk.objects.filter(document=document)}


def ids(document: Document) -> list[UUID]:
    return list(Chunk.objects.filter(document=document).order_by("position").values_list("id", flat=True))


@pytest.fixture
def document(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> Document:
    data = text_of(*(section(n) for n in range(40)))
    [added] = services.add_documents(cast.editor, dataset.id, [Upload("book.md", [data])])
    tasks.ingest_document(str(added.id))
    server.embedded.clear()
    return Document.objects.select_related("dataset").get(id=added.id)


def again(cast: Cast, document: Document, *sections: str, keep_edits: bool = True) -> Document:
    upload = Upload("book.md", [text_of(*sections)])
    services.replace_file(cast.editor, document.id, upload, keep_edits=keep_edits)
    tasks.ingest_document(str(document.id))
    return Document.objects.select_related("dataset").get(id=document.id)


def test_the_same_file_costs_no_embedding(cast: Cast, document: Document, server: FakeOpenAI) -> None:
    before = ids(document)

    after = again(cast, document, *(section(n) for n in range(40)))

    assert (after.stage, after.reused_count, ids(after), server.embedded) == (Stage.READY, 40, before, [])
    assert stored_ids(after) == set(before)
    assert not DocumentPart.objects.exists()


def test_one_changed_paragraph_costs_one_chunk(cast: Cast, document: Document, server: FakeOpenAI) -> None:
    before = chunks_of(document)

    after = again(cast, document, *(section(n, "Changed. " if n == 7 else "") for n in range(40)))

    now = chunks_of(after)
    assert [len(batch) for batch in server.embedded] == [1]
    assert {name for name in now if now[name].id != before[name].id} == {"Number 7"}
    assert stored_ids(after) == {chunk.id for chunk in now.values()}
    text = after.parsed.text
    assert all(chunk.content == text[chunk.start : chunk.end] for chunk in now.values())


def test_a_moved_section_only_moves(cast: Cast, document: Document, server: FakeOpenAI) -> None:
    before = ids(document)

    after = again(cast, document, section(39), *(section(n) for n in range(39)))

    assert (ids(after), server.embedded) == ([before[39], *before[:39]], [])


def test_a_text_that_comes_twice_is_two_chunks(cast: Cast, document: Document, server: FakeOpenAI) -> None:
    after = again(cast, document, section(1), section(2), section(1))

    assert len(set(ids(after))) == 3
    assert [len(batch) for batch in server.embedded] == [1]
    assert stored_ids(after) == set(ids(after))


def test_what_people_set_stays(cast: Cast, document: Document, server: FakeOpenAI) -> None:
    chunks = chunks_of(document)
    services.set_chunks_enabled(cast.editor, document.id, [chunks["Number 3"].id], False)
    services.update_chunk(cast.editor, chunks["Number 5"].id, content="Written over.")
    services.update_chunk(cast.editor, chunks["Number 6"].id, content="Of a passage that goes.")
    [added] = services.add_chunks(cast.editor, document.id, [services.NewChunk("Added by hand.")])
    server.embedded.clear()

    after = again(cast, document, *(section(n) for n in range(40) if n != 6))

    rows = {row.id: row for row in Chunk.objects.filter(document=document)}
    assert server.embedded == []
    assert not rows[chunks["Number 3"].id].is_enabled
    assert rows[chunks["Number 5"].id].content == "Written over."
    kept = rows[chunks["Number 6"].id]
    assert (kept.content, kept.start, kept.end) == ("Of a passage that goes.", None, None)
    assert (rows[added.id].content, rows[added.id].position) == ("Added by hand.", 40)
    assert [each["code"] for each in after.warnings] == ["edits_kept"]
    assert after.warnings[0]["message"].startswith("2 chunks")
    assert stored_ids(after) == set(rows)


def test_edits_go_when_they_are_not_wanted(cast: Cast, document: Document) -> None:
    services.update_chunk(cast.editor, chunks_of(document)["Number 5"].id, content="Written over.")

    after = again(cast, document, section(1), keep_edits=False)

    assert [chunk.headings for chunk in after.chunks.all()] == [["Number 1"]]
    assert (after.warnings, stored_ids(after)) == ([], set(ids(after)))


def test_other_settings_make_a_document_outdated_until_it_is_read_again(
    cast: Cast, document: Document, server: FakeOpenAI
) -> None:
    Dataset.objects.filter(id=document.dataset_id).update(processing={"chunker": {"mode": "structure", "size": 400}})
    document = Document.objects.select_related("dataset").get(id=document.id)
    assert document_shape(document)["outdated"]

    services.reprocess_document(cast.editor, document.id)
    tasks.ingest_document(str(document.id))

    after = Document.objects.select_related("dataset").get(id=document.id)
    assert not document_shape(after)["outdated"]
    assert (after.stage, after.chunk_count > 40) == (Stage.READY, True)
    assert stored_ids(after) == set(ids(after))


def test_settings_of_one_document(cast: Cast, document: Document) -> None:
    services.set_processing(cast.editor, document.id, {"chunker": {"mode": "full"}})
    tasks.ingest_document(str(document.id))

    after = Document.objects.get(id=document.id)
    assert (after.stage, after.chunk_count, (after.processing or {})["chunker"]) == (Stage.READY, 1, {"mode": "full"})


def test_a_file_that_cannot_be_read_leaves_what_was_read_before(cast: Cast, document: Document) -> None:
    before = ids(document)
    services.replace_file(cast.editor, document.id, Upload("book.pdf", [b"%PDF-1.7 and nothing"]))
    tasks.ingest_document(str(document.id))

    after = Document.objects.get(id=document.id)
    assert (after.stage, after.error_code, after.error_stage) == (Stage.FAILED, "parse_failed", "parsing")
    assert after.error_message.startswith("book.pdf: ")
    assert after.error_message.endswith(" What was read before is still found.")
    assert ids(after) == before


def test_a_text_in_the_place_of_a_file(cast: Cast, document: Document) -> None:
    services.replace_text(cast.editor, document.id, name="note", text="A single line.")
    tasks.ingest_document(str(document.id))

    after = Document.objects.get(id=document.id)
    assert (after.name, after.parsed.text, after.chunk_count) == ("note", "A single line.", 1)


def test_a_new_file_while_the_old_one_is_read(cast: Cast, document: Document, server: FakeOpenAI) -> None:
    """The worker that has the old file finds its lease gone; nothing of what it did is left."""
    services.replace_file(cast.editor, document.id, Upload("book.md", [text_of(*(section(n) for n in range(50, 90)))]))
    server.mode, server.free_batches = "hang_embeddings", 1

    def work() -> None:
        try:
            ingestion.ingest(document.id)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    until_sync(lambda: len(server.embedded) == 2)
    services.replace_file(cast.editor, document.id, Upload("book.md", [text_of(section(1))]))
    thread.join(5)
    server.mode = "stream"
    tasks.ingest_document(str(document.id))

    assert not thread.is_alive()
    after = Document.objects.get(id=document.id)
    assert (after.stage, [chunk.headings for chunk in after.chunks.all()]) == (Stage.READY, [["Number 1"]])
    assert stored_ids(document) == set(ids(after))


def as_before_fingerprints(document: Document) -> None:
    """Random ids and no fingerprint: as the first release left a document."""
    rows = list(Chunk.objects.filter(document=document).order_by("position"))
    services.chunks.drop_chunks(document, [row.id for row in rows])
    for row in rows:
        row.id = uuid4()
    Chunk.objects.bulk_create(rows)
    index.put(document.dataset_id, rows)
    egress.run_sync(lambda: index.embed(document.dataset, rows))
    Document.objects.filter(id=document.id).update(fingerprint="")
    import_module("apps.knowledge.migrations.0012_mark_old_ready").mark(apps, None)


def test_an_old_document_is_read_again_only_when_that_is_asked_and_keeps_its_edits(
    cast: Cast, dataset: Dataset, server: FakeOpenAI
) -> None:
    [added] = services.add_documents(cast.editor, dataset.id, [Upload("a.md", [text_of(section(1), section(2))])])
    tasks.ingest_document(str(added.id))
    document = Document.objects.select_related("dataset").get(id=added.id)
    as_before_fingerprints(document)
    first, second = ids(document)

    server.mode = "unauthorized"  # so a worker has to do it
    services.update_chunk(cast.editor, first, content="Corrected passage.")
    server.mode = "stream"
    tasks.ingest_document(str(document.id))

    document.refresh_from_db()
    assert (document.stage, ids(document), document_shape(document)["outdated"]) == (Stage.READY, [first, second], True)

    services.reprocess_document(cast.editor, document.id)
    tasks.ingest_document(str(document.id))

    document.refresh_from_db()
    rows = list(Chunk.objects.filter(document=document).order_by("position"))
    assert [(row.headings, row.is_edited) for row in rows] == [(["Number 1"], True), (["Number 2"], False)]
    assert (rows[0].id, rows[0].content, document.warnings) == (first, "Corrected passage.", [])
    assert document_shape(document)["outdated"] is False
