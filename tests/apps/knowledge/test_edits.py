"""Documents and chunks as people change them, by service and over HTTP: what is found, kept, refused."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from apps.knowledge import audit, services, tasks, vectors
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document, MetadataField, Stage
from apps.knowledge.search import Request, search
from apps.knowledge.services import NewChunk, Upload
from tests.cast import Cast
from tests.fakes.openai_server import FakeOpenAI
from weft.http import egress
from weft.http.errors import WeftError

TEXT = "\n\n".join(f"# Number {n}\n\nA passage about number {n}." for n in range(3)).encode()
PARENTS = {"chunker": {"mode": "parent_child"}}
PAIRS = {"chunker": {"mode": "qa"}}


def make(cast: Cast, dataset: Dataset, text: bytes = TEXT, processing: dict[str, Any] | None = None) -> Document:
    upload = Upload("a.md", [text])
    [added] = services.add_documents(cast.editor, dataset.id, [upload], processing=processing)
    tasks.ingest_document(str(added.id))
    return Document.objects.select_related("dataset").get(id=added.id)


@pytest.fixture
def document(cast: Cast, dataset: Dataset) -> Document:
    return make(cast, dataset)


def chunk(document: Document, position: int = 0) -> Chunk:
    return Chunk.objects.get(document=document, position=position, parent=None)


def stored(document: Document) -> set[UUID]:
    store, collection = vectors.store_of(document.dataset), vectors.collection_of(document.dataset)
    return egress.run_sync(lambda: store.ids_of_document(collection, document.id))


def found(dataset: Dataset, query: str) -> list[str]:
    hits = search(dataset.workspace_id, Request(query=query, dataset_ids=[str(dataset.id)])).hits
    return [hit.content for hit in hits]


def test_an_edited_chunk_is_found_by_its_new_text(
    cast: Cast, dataset: Dataset, document: Document, server: FakeOpenAI
) -> None:
    server.embedded.clear()
    before = Dataset.objects.get().revision

    edited = services.update_chunk(cast.editor, chunk(document).id, content="Zebras graze.", keywords=["savanna"])

    row = Chunk.objects.get(id=edited.id)
    assert (row.content, row.keywords, row.is_edited, row.is_indexed) == ("Zebras graze.", ["savanna"], True, True)
    assert server.embedded == [["Number 0\nZebras graze.\nsavanna"]]
    assert "Zebras graze." in found(dataset, "savanna")
    assert Dataset.objects.get().revision > before
    assert Document.objects.get().stage == Stage.READY
    assert not audit.look(dataset)


def test_an_edit_that_cannot_be_embedded_now_is_left_to_a_worker(
    cast: Cast, dataset: Dataset, document: Document, server: FakeOpenAI
) -> None:
    server.mode = "unauthorized"
    services.update_chunk(cast.editor, chunk(document).id, content="Zebras graze.")
    assert (Document.objects.get().stage, chunk(document).is_indexed) == (Stage.QUEUED, False)
    assert not audit.look(dataset)

    server.mode = "stream"
    tasks.ingest_document(str(document.id))

    assert (Document.objects.get().stage, chunk(document).is_indexed) == (Stage.READY, True)


def test_what_an_edit_left_without_a_vector_is_swept_up(cast: Cast, document: Document) -> None:
    """The process died between the edit's commit and its vector."""
    services.update_chunk(cast.editor, chunk(document).id, content="Zebras graze.")
    Chunk.objects.filter(id=chunk(document).id).update(is_indexed=False)
    Document.objects.update(done=2, updated_at="2020-01-01T00:00:00Z")

    assert tasks.sweep() == 1
    tasks.ingest_waiting()

    assert (Document.objects.get().stage, chunk(document).is_indexed) == (Stage.READY, True)


def test_an_edit_that_changes_no_text_embeds_nothing(cast: Cast, document: Document, server: FakeOpenAI) -> None:
    server.embedded.clear()
    same = chunk(document)
    services.update_chunk(cast.editor, same.id, content=same.content, is_enabled=False)

    row = chunk(document)
    assert (row.is_enabled, row.is_edited, server.embedded) == (False, False, [])


def test_chunks_come_and_go(cast: Cast, dataset: Dataset, document: Document) -> None:
    new = [NewChunk("Added first."), NewChunk("Added second.", keywords=["extra"])]
    added = services.add_chunks(cast.editor, document.id, new)
    assert [(each.position, each.kind) for each in added] == [(3, "passage"), (4, "passage")]
    assert (Document.objects.get().chunk_count, Document.objects.get().done) == (5, 5)
    assert "Added second." in found(dataset, "extra")

    services.delete_chunks(cast.editor, document.id, [added[0].id, chunk(document, 1).id])

    assert Document.objects.get().chunk_count == 3
    assert stored(document) == set(document.chunks.values_list("id", flat=True))
    assert not audit.look(dataset)


def test_a_chunk_that_is_off_is_not_found(cast: Cast, dataset: Dataset, document: Document) -> None:
    text = chunk(document).content
    services.set_chunks_enabled(cast.editor, document.id, [chunk(document).id], False)
    assert text not in found(dataset, "number 0")
    services.set_chunks_enabled(cast.editor, document.id, [chunk(document).id], True)
    assert text in found(dataset, "number 0")


@pytest.mark.parametrize("how", ["disable", "archive"])
def test_a_document_that_is_off_is_not_found(cast: Cast, dataset: Dataset, document: Document, how: str) -> None:
    assert found(dataset, "passage")
    answer = cast.call("editor", "POST", f"/datasets/{dataset.id}/documents/{how}", {"ids": [str(document.id)]})
    assert (answer.status_code, found(dataset, "passage")) == (200, [])
    back = {"disable": "enable", "archive": "unarchive"}[how]
    cast.call("editor", "POST", f"/datasets/{dataset.id}/documents/{back}", {"ids": [str(document.id)]})
    assert found(dataset, "passage")


def test_children_of_a_parent(cast: Cast, dataset: Dataset) -> None:
    document = make(cast, dataset, processing=PARENTS)
    parent = chunk(document)
    assert (parent.kind, parent.children.count()) == (ChunkKind.PARENT, 1)

    child = services.add_child(cast.editor, parent.id, "Zebras graze.")
    assert (child.kind, child.parent_id, child.position, child.headings) == ("child", parent.id, 1, parent.headings)
    services.update_child(cast.editor, child.id, "Zebras sleep.")
    assert Document.objects.get().done == Document.objects.get().total
    assert stored(document) == set(Chunk.objects.filter(kind="child").values_list("id", flat=True))

    services.delete_child(cast.editor, child.id)
    services.delete_chunks(cast.editor, document.id, [parent.id])
    assert not Chunk.objects.filter(parent=parent.id).exists()
    assert not audit.look(dataset)


def test_an_edited_child_keeps_its_parent(cast: Cast, dataset: Dataset) -> None:
    document = make(cast, dataset, processing=PARENTS)
    child = chunk(document).children.get()
    services.update_child(cast.editor, child.id, "Zebras graze.")

    services.replace_file(cast.editor, document.id, Upload("a.md", [b"# Other\n\nAnother text."]))
    tasks.ingest_document(str(document.id))

    assert Chunk.objects.get(id=child.id).parent_id == child.parent_id
    assert Document.objects.get().chunk_count == 2
    assert not audit.look(dataset)


def test_an_added_chunk_is_of_its_document_s_kind(cast: Cast, dataset: Dataset) -> None:
    parents = make(cast, dataset, processing=PARENTS)
    [added] = services.add_chunks(cast.editor, parents.id, [NewChunk("Zebras graze.")])
    assert (added.kind, added.children.get().content) == ("parent", "Zebras graze.")

    pairs = make(cast, dataset, b"Q: Who grazes?\nA: Zebras.\n", processing=PAIRS)
    [pair] = services.add_chunks(cast.editor, pairs.id, [NewChunk("Who sleeps?", answer="Lions.")])
    assert (pair.kind, pair.answer) == ("pair", "Lions.")
    assert not audit.look(dataset)


REFUSED = [
    (NewChunk("  "), "chunk_empty"),
    (NewChunk("x" * 20_001), "chunk_too_long"),
    (NewChunk("x", answer="y"), "chunk_without_answer"),
    (NewChunk("x", keywords=[f"k{n}" for n in range(21)]), "keywords_too_many"),
]


@pytest.mark.parametrize(("new", "code"), REFUSED, ids=[code for _, code in REFUSED])
def test_what_is_no_chunk_is_refused(cast: Cast, document: Document, new: NewChunk, code: str) -> None:
    with pytest.raises(WeftError) as refused:
        services.add_chunks(cast.editor, document.id, [NewChunk("Good."), new])
    assert (refused.value.code, Chunk.objects.count()) == (code, 3)


def test_chunks_wait_while_their_document_is_read(cast: Cast, document: Document) -> None:
    services.reprocess_document(cast.editor, document.id)
    with pytest.raises(WeftError) as refused:
        services.update_chunk(cast.editor, chunk(document).id, content="Zebras graze.")
    assert (refused.value.code, refused.value.status) == ("document_busy", 409)
    assert not chunk(document).is_edited


def test_metadata_is_checked_by_its_type(cast: Cast, dataset: Dataset, document: Document) -> None:
    for name, type_ in (("author", "string"), ("year", "number"), ("signed", "time")):
        MetadataField.objects.create(dataset=dataset, name=name, type=type_)
    path = f"/documents/{document.id}"

    given = {"author": "Ada", "year": 1843, "signed": "1970-01-02T00:00:00Z"}
    assert cast.call("editor", "PATCH", path, {"metadata": given}).json()["metadata"] == {**given, "signed": 86400.0}
    kept = cast.call("editor", "PATCH", path, {"metadata": {"author": None}}).json()["metadata"]
    assert kept == {"year": 1843, "signed": 86400.0}

    for wrong, code in (
        ({"year": "1843"}, "metadata_value_invalid"),
        ({"signed": "soon"}, "metadata_value_invalid"),
        ({"author": 5}, "metadata_value_invalid"),
        ({"colour": "red"}, "metadata_field_unknown"),
    ):
        answer = cast.call("editor", "PATCH", path, {"metadata": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert Document.objects.get().metadata == kept


@pytest.mark.parametrize(("given", "kept"), [("other.md", "other.md"), ("Plan", "Plan.md"), ("x.pdf", "x.pdf.md")])
def test_a_document_keeps_its_type_under_another_name(cast: Cast, document: Document, given: str, kept: str) -> None:
    answer = cast.call("editor", "PATCH", f"/documents/{document.id}", {"name": given})
    assert answer.json()["name"] == kept


def test_a_document_over_http(cast: Cast, dataset: Dataset) -> None:
    made = cast.call("editor", "POST", f"/datasets/{dataset.id}/documents/text", {"name": "note", "text": "One line."})
    path = f"/documents/{made.json()['id']}"
    assert (made.status_code, made.json()["name"], made.json()["source"]) == (201, "note", "text")
    tasks.ingest_document(made.json()["id"])

    assert cast.call("viewer", "GET", f"{path}/text").json() == {"text": "One line."}
    file = cast.call("viewer", "GET", f"{path}/file")
    assert (b"".join(file.streaming_content), file["Content-Type"]) == (b"One line.", "application/octet-stream")
    assert file["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert file["Content-Disposition"].startswith("attachment")

    again = cast.call("editor", "PUT", f"{path}/text", {"text": "Two lines.\n\nTruly."}).json()
    assert (again["stage"], again["name"]) == ("queued", "note")
    paused = cast.call("editor", "POST", f"{path}/pause").json()
    assert paused["stage"] == "paused"
    assert cast.call("editor", "POST", f"{path}/dance").status_code == 404


def test_a_file_in_the_place_of_another_over_http(cast: Cast, document: Document) -> None:
    form = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("b.txt", b"Another file."), "keep_edits": "false"})
    answer = cast.client("editor").put(f"/api/v1/documents/{document.id}/file", form, content_type=MULTIPART_CONTENT)
    tasks.ingest_document(str(document.id))

    after = Document.objects.get()
    assert (answer.status_code, after.name, after.parsed.text) == (200, "b.txt", "Another file.")


def test_chunks_over_http(cast: Cast, document: Document) -> None:
    path = f"/documents/{document.id}/chunks"
    made = cast.call("editor", "POST", path, {"items": [{"content": "Zebras graze.", "keywords": ["savanna"]}]})
    [new] = made.json()["items"]
    assert (made.status_code, new["position"], new["is_edited"], new["start"]) == (201, 3, True, None)
    assert [each["id"] for each in cast.call("viewer", "GET", f"{path}?q=ZEBRAS").json()["items"]] == [new["id"]]

    changed = cast.call("editor", "PATCH", f"/chunks/{new['id']}", {"content": "Lions sleep."}).json()
    assert (changed["content"], changed["keywords"]) == ("Lions sleep.", ["savanna"])
    off = cast.call("editor", "POST", f"{path}/disable", {"ids": [new["id"]]}).json()["items"]
    assert [each["is_enabled"] for each in off] == [False]
    assert len(cast.call("viewer", "GET", f"{path}?enabled=true").json()["items"]) == 3
    assert cast.call("editor", "DELETE", f"/chunks/{new['id']}").status_code == 204
    assert cast.call("editor", "POST", f"{path}/delete", {"ids": [str(uuid.uuid4())]}).status_code == 422


WRITERS = [("editor", True), ("viewer", 403), ("stranger", 404), ("nobody", 401)]


@pytest.mark.parametrize(("who", "allowed"), WRITERS)
def test_who_may_change(cast: Cast, dataset: Dataset, document: Document, who: str, allowed: bool | int) -> None:
    one, ids = chunk(document), {"ids": [str(document.id)]}
    before = (one.content, Document.objects.get().name, Chunk.objects.count())

    answers = [
        cast.call(who, "PATCH", f"/chunks/{one.id}", {"content": "Other."}).status_code,
        cast.call(who, "POST", f"/documents/{document.id}/chunks", {"items": [{"content": "New."}]}).status_code,
        cast.call(who, "POST", f"/documents/{document.id}/chunks/disable", {"ids": [str(one.id)]}).status_code,
        cast.call(who, "DELETE", f"/chunks/{one.id}").status_code,
        cast.call(who, "PATCH", f"/documents/{document.id}", {"name": "Renamed"}).status_code,
        cast.call(who, "PUT", f"/documents/{document.id}/text", {"text": "x"}).status_code,
        cast.call(who, "POST", f"/documents/{document.id}/reprocess").status_code,
        cast.call(who, "POST", f"/datasets/{dataset.id}/documents/delete", ids).status_code,
    ]

    if allowed is True:
        assert answers == [200, 201, 200, 204, 200, 200, 200, 200]
        assert not Document.objects.exists()
    else:
        assert set(answers) == {allowed}
        assert (chunk(document).content, Document.objects.get().name, Chunk.objects.count()) == before
