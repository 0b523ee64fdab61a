from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from apps.accounts.models import AuditEntry
from apps.knowledge import hooks, tasks
from apps.knowledge.models import Dataset, Document, Stage
from tests.cast import Cast

MD = b"# Travel\n\nTrains are booked early.\n\n# Food\n\nLunch is free."


def send(cast: Cast, who: str, dataset: Dataset, *files: tuple[str, bytes]) -> Any:
    data = {"file": [SimpleUploadedFile(name, content) for name, content in files]}
    return cast.client(who).post(f"/api/v1/datasets/{dataset.id}/documents", data)


def ready(cast: Cast, dataset: Dataset, name: str = "guide.md", data: bytes = MD) -> Document:
    document_id = send(cast, "editor", dataset, (name, data)).json()["items"][0]["id"]
    tasks.ingest_document(document_id)
    return Document.objects.get(id=document_id)


READERS = [("owner", 200), ("editor", 200), ("viewer", 200), ("stranger", 404), ("nobody", 401)]
WRITERS = [("owner", True), ("editor", True), ("viewer", 403), ("stranger", 404), ("nobody", 401)]


@pytest.mark.parametrize(("who", "status"), READERS)
def test_who_may_read(cast: Cast, dataset: Dataset, who: str, status: int) -> None:
    document = ready(cast, dataset)
    reads = [
        f"/datasets/{dataset.id}",
        f"/datasets/{dataset.id}/documents",
        f"/documents/{document.id}",
        f"/documents/{document.id}/chunks",
    ]
    assert [cast.call(who, "GET", path).status_code for path in reads] == [status] * len(reads)
    found = cast.call(who, "POST", f"/datasets/{dataset.id}/retrieve", {"query": "trains"})
    assert found.status_code == status


@pytest.mark.parametrize(("who", "allowed"), WRITERS)
def test_who_may_write(cast: Cast, dataset: Dataset, who: str, allowed: bool | int) -> None:
    document = ready(cast, dataset)
    before = (Dataset.objects.get().name, Document.objects.get().stage, AuditEntry.objects.count())

    answers = {
        "rename": cast.call(who, "PATCH", f"/datasets/{dataset.id}", {"name": "Renamed"}).status_code,
        "upload": send(cast, who, dataset, ("more.md", b"More.")).status_code,
        "cancel": cast.call(who, "POST", f"/documents/{document.id}/cancel").status_code,
        "resume": cast.call(who, "POST", f"/documents/{document.id}/resume").status_code,
        "delete document": cast.call(who, "DELETE", f"/documents/{document.id}").status_code,
        "delete dataset": cast.call(who, "DELETE", f"/datasets/{dataset.id}").status_code,
    }

    if allowed is True:
        assert answers == {
            "rename": 200,
            "upload": 201,
            "cancel": 200,
            "resume": 200,
            "delete document": 204,
            "delete dataset": 204,
        }
        assert not Dataset.objects.exists()
    else:
        assert set(answers.values()) == {allowed}
        assert (Dataset.objects.get().name, Document.objects.get().stage, AuditEntry.objects.count()) == before


@pytest.mark.parametrize(("who", "status"), [("owner", 201), ("editor", 201), ("viewer", 403), ("nobody", 401)])
def test_who_may_create(cast: Cast, who: str, status: int) -> None:
    answer = cast.call(who, "POST", "/datasets", {"name": "Handbook", "description": "All we know."})

    assert answer.status_code == status
    assert Dataset.objects.count() == (1 if status == 201 else 0)


def test_a_dataset_as_clients_see_it(cast: Cast, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    user = {"id": "app-1", "name": "Help desk"}
    monkeypatch.setattr(hooks, "dataset_users", [lambda workspace_id, ids: {dataset.id: [user]}])
    ready(cast, dataset)

    item = cast.call("viewer", "GET", "/datasets").json()["items"][0]

    assert item == {
        "id": str(dataset.id),
        "name": "Handbook",
        "description": "",
        "document_count": 1,
        "chunk_count": 2,
        "embedding_provider": "acme",
        "embedding_model": "fake-embedding",
        "external": None,
        "created_at": item["created_at"],
        "updated_at": item["updated_at"],
        "used_by": [user],
    }
    assert cast.call("stranger", "GET", "/datasets").json() == {"items": [], "next": None}


def test_documents_and_chunks_as_clients_see_them(cast: Cast, dataset: Dataset) -> None:
    document = ready(cast, dataset)

    shown = cast.call("viewer", "GET", f"/documents/{document.id}").json()
    assert shown == {
        "id": str(document.id),
        "dataset_id": str(dataset.id),
        "name": "guide.md",
        "source": "file",
        "source_url": "",
        "connector_id": None,
        "batch": shown["batch"],
        "size_bytes": len(MD),
        "mime_type": "text/markdown",
        "language": "",
        "stage": "ready",
        "error": None,
        "warnings": [],
        "progress": 1.0,
        "done": 2,
        "total": 2,
        "counts": "chunks",
        "eta_s": None,
        "retry_at": None,
        "stalled": False,
        "stopping": None,
        "times": shown["times"],
        "page_count": None,
        "char_count": 54,
        "chunk_count": 2,
        "reused_count": 0,
        "outdated": False,
        "processing": None,
        "metadata": {},
        "is_enabled": True,
        "is_archived": False,
        "hit_count": 0,
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }
    in_order = sorted(shown["times"], key=shown["times"].__getitem__)
    assert in_order == ["parsing", "chunking", "embedding", "indexing", "ready"]
    assert re.fullmatch(r"\d{20}", shown["batch"])
    first = cast.call("viewer", "GET", f"/documents/{document.id}/chunks?limit=1").json()
    second = cast.call("viewer", "GET", f"/documents/{document.id}/chunks?limit=1&cursor={first['next']}").json()
    assert [(item["position"], item["content"], item["headings"]) for item in first["items"] + second["items"]] == [
        (0, "Travel\n\nTrains are booked early.", ["Travel"]),
        (1, "Food\n\nLunch is free.", ["Food"]),
    ]
    assert second["next"] is None


def test_a_search_answers_with_source_and_score(cast: Cast, dataset: Dataset) -> None:
    document = ready(cast, dataset)

    body = cast.call(
        "viewer", "POST", f"/datasets/{dataset.id}/retrieve", {"query": "Lunch is free", "top_k": 1}
    ).json()

    [item] = body["items"]
    assert body["elapsed_ms"] >= 0
    assert (item["document_id"], item["document_name"]) == (str(document.id), "guide.md")
    assert (item["content"], item["headings"], item["position"]) == ("Food\n\nLunch is free.", ["Food"], 1)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": "x", "top_k": 0},
        {"query": "x", "top_k": 1000},
        {"query": "x", "score_threshold": 2},
    ],
)
def test_a_senseless_search_is_refused(cast: Cast, dataset: Dataset, body: dict[str, object]) -> None:
    assert cast.call("viewer", "POST", f"/datasets/{dataset.id}/retrieve", body).status_code == 422


def test_a_search_in_an_empty_dataset_finds_nothing(cast: Cast, dataset: Dataset) -> None:
    assert cast.call("viewer", "POST", f"/datasets/{dataset.id}/retrieve", {"query": "x"}).json()["items"] == []


def test_many_files_at_once(cast: Cast, dataset: Dataset) -> None:
    answer = send(cast, "editor", dataset, ("a.md", b"A."), ("b.txt", b"B."))
    assert [(item["name"], item["stage"]) for item in answer.json()["items"]] == [
        ("a.md", "queued"),
        ("b.txt", "queued"),
    ]
    assert cast.call("viewer", "GET", f"/datasets/{dataset.id}/documents").json()["items"][0]["name"] == "b.txt"


@pytest.mark.parametrize("name", ["virus.exe", "noextension", "old.doc"])
def test_one_file_of_an_unknown_type_refuses_all(cast: Cast, dataset: Dataset, name: str) -> None:
    answer = send(cast, "editor", dataset, ("a.md", b"A."), (name, b"B."))

    assert (answer.status_code, answer.json()["code"]) == (422, "file_type_unsupported")
    assert answer.json()["message"].startswith(name)
    assert not Document.objects.exists()


def test_a_file_over_the_limit_is_refused_by_name(cast: Cast, dataset: Dataset, settings: Settings, files: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1024 * 1024

    answer = send(cast, "editor", dataset, ("big.txt", b"x" * (1024 * 1024 + 1)))

    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert answer.json()["message"].startswith("big.txt is larger than the limit of 1 MB.")
    assert not Document.objects.exists()
    assert [path for path in files.rglob("*") if path.is_file()] == []


def test_no_file_at_all(cast: Cast, dataset: Dataset) -> None:
    answer = send(cast, "editor", dataset)
    assert (answer.status_code, answer.json()["code"]) == (422, "file_missing")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("..\\..\\etc\\passwd.txt", "passwd.txt"),
        ("计划 2026.md", "计划 2026.md"),
        ("x" * 400 + ".md", "x" * 252 + ".md"),
    ],
)
def test_names_are_kept_without_their_folders(cast: Cast, dataset: Dataset, sent: str, kept: str) -> None:
    assert send(cast, "editor", dataset, (sent, b"A.")).json()["items"][0]["name"] == kept


def test_vectors_of_an_unknown_provider(cast: Cast) -> None:
    body = {"name": "New", "embedding_provider": "acme", "embedding_model": "fake-embedding"}
    answer = cast.call("owner", "POST", "/datasets", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "model_provider_unknown")
    assert not Dataset.objects.exists()


def test_a_name_that_is_taken(cast: Cast, dataset: Dataset) -> None:
    answer = cast.call("owner", "POST", "/datasets", {"name": "Handbook"})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "name_taken", "name")
    assert cast.call("stranger", "POST", "/datasets", {"name": "Handbook"}).status_code == 201


@pytest.mark.parametrize("path", ["/datasets/{}", "/datasets/{}/documents", "/documents/{}", "/documents/{}/chunks"])
def test_what_never_was_is_404(cast: Cast, path: str, transactional_db: None) -> None:
    answer = cast.call("owner", "GET", path.format(uuid.uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_failed_document_tells_why(cast: Cast, dataset: Dataset) -> None:
    document = ready(cast, dataset, "broken.pdf", b"%PDF-1.4 nothing more")

    shown = cast.call("viewer", "GET", f"/documents/{document.id}").json()

    assert (shown["stage"], shown["error"]["code"]) == (Stage.FAILED, "parse_failed")
    assert shown["error"]["message"].startswith("broken.pdf: The file is damaged or no PDF.")
