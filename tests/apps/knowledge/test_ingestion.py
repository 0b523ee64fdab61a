"""Documents on their way: real files, PostgreSQL, Redis and Chroma; vectors from the scripted server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from apps.knowledge import ingestion, services, tasks, vectors
from apps.knowledge.models import Chunk, Dataset, Document, Stage
from apps.knowledge.search import Request, search
from apps.knowledge.services import Upload
from apps.knowledge.shapes import document_shape
from tests.cast import Cast
from tests.fakes.documents import make_docx, make_pdf
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync
from weft.events import connection as redis_connection
from weft.events import keys
from weft.http import egress, storage

SENTENCE = "This sentence about number {n} fills a passage of its own because it is rather long. " * 9
ROOT = Path(__file__).resolve().parents[3]


def upload(cast: Cast, dataset: Dataset, name: str, data: bytes) -> Document:
    return services.add_documents(cast.editor, dataset.id, [Upload(name, [data])])[0]


def long_text(passages: int) -> bytes:
    """Markdown whose sections are a passage each."""
    return "\n\n".join(f"# Number {n}\n\n{SENTENCE.format(n=n)}" for n in range(passages)).encode()


def fresh(document: Document) -> Document:
    return Document.objects.get(id=document.id)


def due(document: Document) -> None:
    Document.objects.filter(id=document.id).update(not_before=timezone.now() - timedelta(seconds=1))


def stored_ids(document: Document) -> set[UUID]:
    store, collection = vectors.store_of(document.dataset), vectors.collection_of(document.dataset)
    return egress.run_sync(lambda: store.ids_of_document(collection, document.id))


def chunk_ids(document: Document) -> set[UUID]:
    return set(Chunk.objects.filter(document=document).values_list("id", flat=True))


def stages_told(dataset: Dataset) -> list[tuple[str, float]]:
    import msgspec

    entries: Any = redis_connection.client().xrange(keys.topic(f"dataset:{dataset.id}"))
    events = [msgspec.json.decode(fields[b"e"]) for _, fields in entries]
    return [(event["document"]["stage"], event["document"]["progress"]) for event in events]


def run_in_thread(document: Document) -> threading.Thread:
    def work() -> None:
        try:
            ingestion.ingest(document.id)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


FILES = [
    ("guide.md", b"# Travel\n\nTrains are booked early.\n\n# Food\n\nLunch is free."),
    ("notes.txt", "会议室在三楼。\n\n报销在三十天之内。".encode("gb18030")),
    ("scan.pdf", make_pdf([["The first page speaks of trains."], ["The second page speaks of lunch."]])),
    ("letter.docx", make_docx(("Heading 1", "Letter"), ("Normal", "Dear colleague."))),
    ("page.html", b"<html><body><h1>Page</h1><p>Hello there.</p></body></html>"),
]


@pytest.mark.parametrize(("name", "data"), FILES, ids=[name for name, _ in FILES])
def test_a_file_becomes_passages_with_vectors(cast: Cast, dataset: Dataset, name: str, data: bytes) -> None:
    document = upload(cast, dataset, name, data)
    assert (document.stage, storage.locate(document.path).read_bytes()) == (Stage.QUEUED, data)

    tasks.ingest_document(str(document.id))

    after = fresh(document)
    assert (after.stage, after.error_code, after.lease_expires_at) == (Stage.READY, "", None)
    assert (
        after.chunk_count
        == after.total
        == after.done
        == Chunk.objects.filter(document=document, is_indexed=True).count()
    )
    assert stored_ids(document) == chunk_ids(document)
    text = after.parsed.text
    assert [chunk.content for chunk in after.chunks.all()] == [
        text[chunk.start : chunk.end] for chunk in after.chunks.all()
    ]


def test_progress_is_told_stage_by_stage(cast: Cast, dataset: Dataset) -> None:
    document = upload(cast, dataset, "long.md", long_text(40))
    tasks.ingest_document(str(document.id))

    assert stages_told(dataset) == [
        ("queued", 0.0),
        ("parsing", 0.02),
        ("parsing", 0.02),
        ("parsing", 0.18),
        ("chunking", 0.18),
        ("chunking", 0.18),
        ("chunking", 0.18),
        ("embedding", 0.2),
        ("embedding", 0.824),
        ("embedding", 0.98),
        ("indexing", 0.98),
        ("ready", 1.0),
    ]


def test_what_is_found_names_its_place(cast: Cast, dataset: Dataset) -> None:
    for name, data in FILES:
        tasks.ingest_document(str(upload(cast, dataset, name, data).id))

    [best, *_] = search(
        cast.workspace.id, Request(query="The second page speaks of lunch.", dataset_ids=[str(dataset.id)])
    ).hits

    assert (best.place.document_name, best.place.page) == ("scan.pdf", 2)


@pytest.mark.parametrize(
    ("name", "data", "code", "stage"),
    [
        ("broken.pdf", b"%PDF-1.7 and then nothing", "parse_failed", "parsing"),
        ("empty.txt", b"  \n ", "parse_empty", "chunking"),
        ("scan.pdf", make_pdf([[]]), "parse_no_text", "parsing"),
    ],
)
def test_a_file_that_cannot_be_read_fails_by_name(
    cast: Cast, dataset: Dataset, name: str, data: bytes, code: str, stage: str
) -> None:
    document = upload(cast, dataset, name, data)

    tasks.ingest_document(str(document.id))

    after = fresh(document)
    assert (after.stage, after.error_code, after.chunk_count) == (Stage.FAILED, code, 0)
    assert after.error_message.startswith(f"{name}: ")
    assert document_shape(after)["error"] == {"code": code, "message": after.error_message, "stage": stage}


def test_ingesting_twice_changes_nothing(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    document = upload(cast, dataset, "a.txt", b"One passage.")
    tasks.ingest_document(str(document.id))
    before, calls = chunk_ids(document), len(server.embedded)

    tasks.ingest_document(str(document.id))

    assert (chunk_ids(document), len(server.embedded)) == (before, calls)


def test_cancel_stops_at_once_and_resume_goes_on(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    server.mode, server.free_batches = "hang_embeddings", 1
    document = upload(cast, dataset, "long.md", long_text(40))
    thread = run_in_thread(document)
    until_sync(lambda: len(server.embedded) == 2)

    services.cancel_document(cast.editor, document.id)
    thread.join(3)

    stopped = fresh(document)
    assert not thread.is_alive()
    assert (stopped.stage, stopped.done, stopped.total, stopped.cancel_requested) == (Stage.CANCELLED, 32, 40, False)
    assert server.aborted == 1

    server.mode = "stream"
    services.resume_document(cast.editor, document.id)
    tasks.ingest_document(str(document.id))

    assert (fresh(document).stage, [len(batch) for batch in server.embedded]) == (Stage.READY, [32, 8, 8])
    assert stored_ids(document) == chunk_ids(document)


def test_a_waiting_document_is_cancelled_without_a_worker(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    document = upload(cast, dataset, "a.txt", b"One passage.")

    services.cancel_document(cast.editor, document.id)
    tasks.ingest_document(str(document.id))

    assert (fresh(document).stage, server.embedded) == (Stage.CANCELLED, [])


def test_a_killed_worker_costs_one_batch(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    server.mode, server.free_batches = "hang_embeddings", 2
    document = upload(cast, dataset, "long.md", long_text(80))
    database = str(connection.settings_dict["NAME"])
    environment = {
        **os.environ,
        "DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + database,
        "WEFT_EGRESS_ALLOW": "127.0.0.1",
        "WEFT_DATA_DIR": str(Path(settings.FILES_DIR).parent),
        "DJANGO_SETTINGS_MODULE": "weft.settings.test",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
    }
    program = (
        "import django; from django.conf import settings; settings.INSTALLED_APPS;"
        "django.setup(); from uuid import UUID; from apps.knowledge.ingestion import ingest;"
        f"ingest(UUID('{document.id}'))"
    )
    worker = subprocess.Popen([sys.executable, "-c", program], env=environment)
    until_sync(lambda: len(server.embedded) == 3, 30)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    server.mode = "stream"
    ids = chunk_ids(document)

    tasks.ingest_document(str(document.id))
    assert (fresh(document).stage, fresh(document).done) == (Stage.EMBEDDING, 64)
    assert tasks.sweep() == 0

    Document.objects.filter(id=document.id).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert (tasks.sweep(), tasks.sweep()) == (1, 0)
    tasks.ingest_document(str(document.id))

    after = fresh(document)
    assert (after.stage, after.done, after.lease_token) == (Stage.READY, 80, 3)
    assert [len(batch) for batch in server.embedded] == [32, 32, 16, 16]
    assert stored_ids(document) == chunk_ids(document) == ids


def test_workers_are_called_again_for_what_waits_long(
    cast: Cast, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[float] = []
    monkeypatch.setattr(tasks.ingest_waiting, "apply_async", lambda expires: calls.append(expires))
    documents = [upload(cast, dataset, f"{n}.txt", b"One passage.") for n in range(2)]
    tasks.sweep()
    assert calls == []

    Document.objects.update(queued_at=timezone.now() - timedelta(minutes=3))
    tasks.sweep()
    assert calls == [10.0, 10.0]

    tasks.ingest_waiting()
    tasks.sweep()
    assert [fresh(each).stage for each in documents] == [Stage.READY, Stage.READY]
    assert calls == [10.0, 10.0]


def test_files_are_kept_when_no_message_can_be_sent(
    cast: Cast, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(document_id: str) -> None:
        raise ConnectionError("the broker is away")

    monkeypatch.setattr(tasks.ingest_document, "delay", refuse)
    uploads = [Upload(name, [b"Some text."]) for name in ("one.txt", "two.txt")]
    added = services.add_documents(cast.editor, dataset.id, uploads)

    assert [(each.name, fresh(each).stage) for each in added] == [("one.txt", Stage.QUEUED), ("two.txt", Stage.QUEUED)]


def test_a_file_that_always_kills_its_worker_is_given_up(cast: Cast, dataset: Dataset) -> None:
    document = upload(cast, dataset, "poison.txt", b"One passage.")
    Document.objects.filter(id=document.id).update(attempts=ingestion.MAX_ATTEMPTS)

    tasks.ingest_document(str(document.id))

    assert (fresh(document).stage, fresh(document).error_code) == (Stage.FAILED, "ingest_crashed")


def test_a_failing_embedder_fails_the_document_until_it_is_resumed(
    cast: Cast, dataset: Dataset, server: FakeOpenAI
) -> None:
    server.mode = "unauthorized"
    document = upload(cast, dataset, "a.txt", b"One passage.")
    tasks.ingest_document(str(document.id))
    failed = fresh(document)
    assert (failed.stage, failed.error_code, failed.total, failed.done) == (Stage.FAILED, "model_auth_failed", 1, 0)
    assert "Check the API key of Acme under Models." in failed.error_message

    server.mode = "stream"
    services.resume_document(cast.editor, document.id)
    tasks.ingest_document(str(document.id))

    assert (fresh(document).stage, fresh(document).error_code) == (Stage.READY, "")


def test_a_document_waits_for_a_store_that_is_away(cast: Cast, dataset: Dataset, settings: Settings) -> None:
    document = upload(cast, dataset, "a.txt", b"One passage.")
    right, settings.CHROMA_URL = settings.CHROMA_URL, "http://127.0.0.1:9"
    tasks.ingest_document(str(document.id))

    waiting = fresh(document)
    shape = document_shape(waiting)
    assert (waiting.stage, waiting.waits, waiting.attempts) == (Stage.QUEUED, 1, 0)
    assert (shape["error"]["code"], shape["error"]["stage"]) == ("vector_store_unavailable", "embedding")
    assert waiting.error_message.startswith("The vector store did not take a.txt. Chroma at http://127.0.0.1:9")
    assert waiting.not_before is not None
    assert shape["retry_at"] == waiting.not_before.isoformat()
    assert timedelta(seconds=5) < waiting.not_before - timezone.now() <= timedelta(seconds=15)

    settings.CHROMA_URL = right
    tasks.ingest_waiting()
    assert fresh(document).stage == Stage.QUEUED
    due(document)
    tasks.ingest_waiting()

    after = fresh(document)
    assert (after.stage, after.error_code, after.not_before, after.waits) == (Stage.READY, "", None, 0)
    assert document_shape(after)["error"] is None


def test_a_document_fails_when_waiting_has_not_helped(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    server.mode = "error_500"
    document = upload(cast, dataset, "a.txt", b"One passage.")
    Document.objects.filter(id=document.id).update(waits=ingestion.MAX_WAITS - 1)
    tasks.ingest_document(str(document.id))
    assert (fresh(document).stage, fresh(document).error_code) == (Stage.QUEUED, "model_unavailable")

    due(document)
    tasks.ingest_document(str(document.id))
    failed = fresh(document)
    assert (failed.stage, failed.error_code, failed.not_before) == (Stage.FAILED, "model_unavailable", None)

    server.mode = "stream"
    services.retry_document(cast.editor, document.id)
    tasks.ingest_document(str(document.id))
    assert (fresh(document).stage, fresh(document).error_code) == (Stage.READY, "")


def test_who_waits_for_a_store_is_tried_at_once_when_asked_and_can_be_paused(
    cast: Cast, dataset: Dataset, server: FakeOpenAI
) -> None:
    server.mode = "error_500"
    document = upload(cast, dataset, "a.txt", b"One passage.")
    tasks.ingest_document(str(document.id))

    paused = services.pause_document(cast.editor, document.id)
    assert (paused.stage, fresh(document).not_before) == (Stage.PAUSED, None)
    services.resume_document(cast.editor, document.id)
    tasks.ingest_document(str(document.id))
    assert fresh(document).not_before is not None

    server.mode = "stream"
    services.retry_document(cast.editor, document.id)
    tasks.ingest_document(str(document.id))
    assert fresh(document).stage == Stage.READY


def test_vectors_that_the_store_lost_are_made_again(cast: Cast, dataset: Dataset) -> None:
    document = upload(cast, dataset, "a.txt", b"One passage.")
    tasks.ingest_document(str(document.id))
    egress.run_sync(lambda: vectors.forget_document(dataset, document.id))
    Document.objects.filter(id=document.id).update(stage=Stage.INDEXING)

    tasks.ingest_document(str(document.id))

    assert stored_ids(document) == chunk_ids(document) != set()


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
