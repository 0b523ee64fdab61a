"""Documents that take the place of others over the knowledge API."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.knowledge.models import Chunk, Document
from tests.apps.publishing.service.conftest import NOBODY, Api
from tests.apps.publishing.service.documents import CUSTOM, ingest
from weft.db.aio import call_db


async def test_a_document_is_replaced_by_text(api: Api, document: Document) -> None:
    path = f"/datasets/{document.dataset_id}/documents/{document.pk}/update-by-text"

    answer = (await api.call("POST", path, {"name": "new.md", "text": "Dinner is at eight."})).json()
    await call_db(ingest, str(document.pk))

    assert (answer["document"]["id"], answer["document"]["name"]) == (str(document.pk), "new.md")
    assert await call_db(lambda: list(Chunk.objects.values_list("content", flat=True))) == ["Dinner is at eight."]
    renamed = (await api.call("POST", path, {"name": "Menu"})).json()["document"]
    assert (renamed["name"], renamed["indexing_status"]) == ("Menu", "completed")
    anew = (await api.call("POST", path, {"process_rule": CUSTOM})).json()["document"]
    assert anew["indexing_status"] == "waiting"


@pytest.mark.parametrize(("method", "end"), [("PATCH", ""), ("POST", "/update-by-file"), ("POST", "/update_by_file")])
async def test_a_document_is_replaced_by_a_file(api: Api, document: Document, method: str, end: str) -> None:
    path = f"/datasets/{document.dataset_id}/documents/{document.pk}{end}"
    data = {"file": SimpleUploadedFile("menu.txt", b"Dinner is at eight."), "data": json.dumps({"name": "The menu"})}

    answer = await api.form(method, path, data)

    assert answer.status_code == 200, answer.content
    assert (answer.json()["document"]["name"], answer.json()["document"]["indexing_status"]) == (
        "The menu.txt",
        "waiting",
    )
    renamed = (await api.form(method, path, {"data": json.dumps({"name": "Again"})})).json()["document"]
    assert renamed["name"] == "Again.txt"


async def test_an_original_document_is_replaced_by_creating_over_it(api: Api, document: Document) -> None:
    path = f"/datasets/{document.dataset_id}/document/create-by-text"

    answer = await api.call("POST", path, {"name": "b.md", "text": "B.", "original_document_id": str(document.pk)})
    unknown = await api.call("POST", path, {"name": "b.md", "text": "B.", "original_document_id": NOBODY})

    assert answer.json()["document"]["id"] == str(document.pk)
    assert unknown.status_code == 404
    assert await call_db(Document.objects.count) == 1


@pytest.mark.parametrize(("method", "end"), [("PATCH", ""), ("POST", "/update-by-file")])
async def test_options_without_a_form_are_options(api: Api, document: Document, method: str, end: str) -> None:
    answer = await api.call(method, f"/datasets/{document.dataset_id}/documents/{document.pk}{end}", {"name": "x"})

    assert (answer.status_code, answer.json()["document"]["name"]) == (200, "x")
