"""Metadata that a scripted model fills in, and how its faults become warnings and nothing else."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from django.db import connection

from apps.knowledge import fields, services, tasks
from apps.knowledge.extraction import extract_metadata
from apps.knowledge.models import Dataset, Document, DocumentText, MetadataField
from apps.knowledge.services import Upload
from tests.cast import Cast
from tests.factories import make_dataset, make_provider
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync

TEXT = "# Annual report\n\nBy Ann Lee, 3 May 2024. Sales came to 1,200 units."


@pytest.fixture
def document(cast: Cast, server: FakeOpenAI, transactional_db: None) -> Document:
    make_provider(cast.workspace, server.base_url)
    dataset = make_dataset(cast.workspace, processing={"metadata_model": {"provider": "acme", "model": "fake-chat"}})
    for name, type_, instruction in (
        ("author", "string", "Who wrote it"),
        ("sold", "number", "Units sold"),
        ("date", "time", "When it was written"),
        ("shelf", "string", ""),
    ):
        MetadataField.objects.create(dataset=dataset, name=name, type=type_, instruction=instruction)
    row = Document.objects.create(
        dataset=dataset, name="report.md", size_bytes=1, mime_type="text/markdown", path="", sha256="a"
    )
    DocumentText.objects.create(document=row, text=TEXT)
    return row


def says(server: FakeOpenAI, value: Any) -> None:
    server.reply = lambda body: [value if isinstance(value, str) else json.dumps(value)]


def stored() -> dict[str, Any]:
    return dict(Document.objects.get().metadata)


def test_a_model_fills_the_fields_that_say_what_to_look_for(document: Document, server: FakeOpenAI) -> None:
    says(server, {"author": ["Ann Lee", "Bo"], "sold": "1,200", "date": "2024-05-03", "shelf": "no", "more": 1})
    revision = document.dataset.revision

    assert extract_metadata(document) == []

    assert stored() == {"author": "Ann Lee, Bo", "sold": 1200.0, "date": 1714694400.0}
    assert document.metadata == stored()
    assert Dataset.objects.get().revision > revision
    prompt, text = (each["content"] for each in server.requests[0]["messages"])
    assert '- "sold": Units sold (a number)' in prompt
    assert "shelf" not in prompt
    assert text == f"File name: report.md\n\n{TEXT}"


def test_what_people_have_set_stays(document: Document, server: FakeOpenAI) -> None:
    says(server, {"author": "Somebody", "sold": 5})
    Document.objects.update(metadata={"author": "Ann"})
    document.refresh_from_db()

    extract_metadata(document)

    assert stored() == {"author": "Ann", "sold": 5}
    assert '"author"' not in server.requests[0]["messages"][0]["content"]


def test_what_a_model_filled_follows_the_file_and_what_people_set_stays(
    cast: Cast, document: Document, server: FakeOpenAI
) -> None:
    says(server, {"author": "Ann", "sold": 1, "date": "2024-05-03"})
    extract_metadata(document)
    services.set_metadata(cast.editor, document.id, {"sold": 2, "shelf": "A"})
    assert Document.objects.get().extracted == {"author": "a", "date": "a"}

    def again(reply: Any, sha256: str) -> list[str]:
        """Read again with this file; which fields the model was asked for."""
        Document.objects.update(sha256=sha256)
        document.refresh_from_db()
        server.requests.clear()
        says(server, reply)
        extract_metadata(document)
        prompts = [each["messages"][0]["content"] for each in server.requests]
        return [name for name in ("author", "sold", "date", "shelf") if any(f'"{name}":' in each for each in prompts)]

    # the same file: what is there is there
    assert again({"author": "Nobody"}, "a") == []
    # no answer: what was there stays, and is asked for again next time
    assert again("no JSON", "b") == ["author", "date"]
    assert (stored()["author"], Document.objects.get().extracted) == ("Ann", {"author": "a", "date": "a"})
    # another file: one value changes, one is not in it any more
    assert again({"author": "Bo", "sold": 9, "date": None}, "b") == ["author", "date"]
    assert stored() == {"author": "Bo", "sold": 2, "shelf": "A"}
    assert Document.objects.get().extracted == {"author": "b"}
    # the same by the other door, and a person's value under a new name
    field = MetadataField.objects.get(name="author")
    fields.update_field(cast.editor, document.dataset_id, field.id, name="writer")
    assert Document.objects.get().extracted == {"writer": "b"}
    change = fields.Change(document.id, {"writer": "Bo"}, replace=False)
    fields.set_values(cast.editor, document.dataset_id, [change])
    assert again({"writer": "Cy", "date": "2024-05-04"}, "c") == ["date"]
    assert stored() == {"writer": "Bo", "sold": 2, "shelf": "A", "date": 1714780800.0}
    fields.set_values(cast.editor, document.dataset_id, [fields.Change(document.id, {}, replace=True)])
    assert (stored(), Document.objects.get().extracted) == ({}, {})


def test_a_file_that_changes_while_the_model_thinks_is_not_told_of_the_old_one(
    document: Document, server: FakeOpenAI
) -> None:
    def replace() -> None:
        Document.objects.update(sha256="b")
        connection.close()

    def reply(body: Any) -> list[str]:
        thread = threading.Thread(target=replace)
        thread.start()
        thread.join()
        return ['{"author": "Ann"}']

    server.reply = reply
    assert extract_metadata(document) == []
    assert (stored(), Document.objects.get().extracted) == ({}, {})


def test_values_of_the_wrong_type_are_left_out_with_a_warning(document: Document, server: FakeOpenAI) -> None:
    says(server, {"author": None, "sold": "plenty", "date": "in May"})

    warnings = extract_metadata(document)

    assert [each["code"] for each in warnings] == ["metadata_value_invalid"] * 2
    assert warnings[0]["message"].endswith("The model wrote 'plenty'.")
    assert stored() == {}


def test_an_answer_that_is_no_json_is_a_warning(document: Document, server: FakeOpenAI) -> None:
    says(server, "I would rather not.")

    assert [each["code"] for each in extract_metadata(document)] == ["metadata_unreadable"]


def test_a_model_that_does_not_answer_is_a_warning(document: Document, server: FakeOpenAI) -> None:
    server.mode = "unauthorized"

    [warning] = extract_metadata(document)

    assert warning["code"] == "model_auth_failed"
    assert warning["message"].startswith("Metadata was not filled in: ")
    assert stored() == {}


def test_without_a_model_or_fields_nobody_is_asked(document: Document, server: FakeOpenAI) -> None:
    Dataset.objects.update(processing={})
    assert extract_metadata(Document.objects.get()) == []
    Dataset.objects.update(processing={"metadata_model": {"provider": "acme", "model": "fake-chat"}})
    MetadataField.objects.update(instruction="")
    assert extract_metadata(Document.objects.get()) == []
    assert server.requests == []


def test_a_long_document_is_read_at_its_ends(document: Document, server: FakeOpenAI) -> None:
    says(server, {})
    DocumentText.objects.update(text="A" * 50_000 + "the end")

    extract_metadata(document)

    text = server.requests[0]["messages"][1]["content"]
    assert len(text) < 8100
    assert text.endswith("the end")


def test_a_slow_model_is_given_up_when_the_document_is_wanted_back(document: Document, server: FakeOpenAI) -> None:
    server.mode = "hang_before_first_byte"

    assert extract_metadata(document, should_stop=lambda: bool(server.requests)) == []
    until_sync(lambda: server.aborted == 1)
    assert stored() == {}


def test_ingestion_fills_metadata_and_never_fails_for_it(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    dataset.processing = {"metadata_model": {"provider": "acme", "model": "fake-chat"}}
    dataset.save()
    MetadataField.objects.create(dataset=dataset, name="author", type="string", instruction="Who wrote it")
    replies = iter([['{"author": "Ann"}'], ["no JSON"]])
    server.reply = lambda body: next(replies)
    for name in ("a.md", "b.md"):
        [row] = services.add_documents(cast.editor, dataset.id, [Upload(name, [TEXT.encode()])])
        tasks.ingest_document(str(row.id))

    first, second = Document.objects.order_by("name")
    assert [(each.stage, each.metadata) for each in (first, second)] == [("ready", {"author": "Ann"}), ("ready", {})]
    assert (first.warnings, [each["code"] for each in second.warnings]) == ([], ["metadata_unreadable"])
