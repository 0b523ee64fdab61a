from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.conf import settings
from django.test import AsyncClient

from apps.knowledge.models import Dataset, Document
from apps.publishing.service.knowledge import downloads
from tests.apps.publishing.service.conftest import NOBODY, Api, make_document
from weft.db.aio import call_db
from weft.http import storage

TEXT = b"# Travel\n\nTrains are booked early.\n\n# Food\n\nLunch is free."


async def body(answer: Any) -> bytes:
    return b"".join([piece async for piece in answer.streaming_content])


def local(url: str) -> str:
    assert url.startswith(settings.BASE_URL)
    return url.removeprefix(settings.BASE_URL)


async def test_a_signed_link_needs_no_key(api: Api, document: Document) -> None:
    url = (await api.call("GET", f"/datasets/{document.dataset_id}/documents/{document.pk}/download")).json()["url"]

    answer = await AsyncClient().get(local(url))

    assert (answer.status_code, await body(answer)) == (200, TEXT)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="guide.md"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_link_ends(api: Api, document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/datasets/{document.dataset_id}/documents/{document.pk}/download"
    url = local((await api.call("GET", path)).json()["url"])

    forged = await AsyncClient().get(url[:-1] + ("a" if url[-1] != "a" else "b"))
    monkeypatch.setattr(downloads, "LINK_S", -1)
    late = await AsyncClient().get(url)
    monkeypatch.undo()
    posted = await AsyncClient().post(url)
    await call_db(document.delete)
    gone = await AsyncClient().get(url)

    assert [(each.status_code, each.json()["code"]) for each in (forged, late, posted, gone)] == [
        (401, "unauthorized"),
        (401, "unauthorized"),
        (405, "method_not_allowed"),
        (404, "not_found"),
    ]


async def test_what_the_file_of_a_document_is(api: Api, document: Document) -> None:
    found = (await api.call("GET", f"/datasets/{document.dataset_id}/documents/{document.pk}/upload-file")).json()

    assert found == {
        "id": str(document.pk),
        "name": "guide.md",
        "size": len(TEXT),
        "extension": "md",
        "mime_type": "text/markdown",
        "created_by": str(api.cast.owner.user.pk),  # type: ignore[union-attr]
        "created_at": int(document.created_at.timestamp()),
        "url": found["url"],
        "download_url": found["url"],
    }
    assert await body(await AsyncClient().get(local(found["url"]))) == TEXT


async def test_many_files_in_one_zip(api: Api, dataset: Dataset, document: Document) -> None:
    other = await call_db(make_document, api, dataset, ("Tea", "At four."))
    ids = [str(document.pk), str(other.pk), str(document.pk)]

    answer = await api.call("POST", f"/datasets/{dataset.pk}/documents/download-zip", {"document_ids": ids})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(await body(answer)))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == {
        "guide.md": TEXT,
        "guide (2).md": b"# Tea\n\nAt four.",
    }


SENSELESS_ZIPS: list[Any] = [(None, 400), ([], 400), ("all", 400), (["x"], 400), ([NOBODY], 404), ([NOBODY] * 101, 400)]


async def test_a_senseless_zip(api: Api, dataset: Dataset) -> None:
    for ids, status in SENSELESS_ZIPS:
        answer = await api.call("POST", f"/datasets/{dataset.pk}/documents/download-zip", {"document_ids": ids})

        assert answer.status_code == status, ids


async def test_a_file_that_was_lost_is_said_so_before_the_zip_begins(api: Api, document: Document) -> None:
    storage.delete(document.path)
    path = f"/datasets/{document.dataset_id}/documents"

    zipped = await api.call("POST", f"{path}/download-zip", {"document_ids": [str(document.pk)]})
    url = (await api.call("GET", f"{path}/{document.pk}/download")).json()["url"]
    linked = await AsyncClient().get(local(url))

    assert [(each.status_code, each.json()["code"]) for each in (zipped, linked)] == [(404, "not_found")] * 2
    assert "guide.md" in zipped.json()["message"]
