"""Documents on their way: real files, PostgreSQL, Redis and Chroma; vectors from the scripted server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.knowledge import ingestion, services, tasks, vectors
from apps.knowledge.models import Chunk, Dataset, Document, Stage
from apps.knowledge.search import Request, search
from apps.knowledge.services import Upload
from apps.knowledge.shapes import document_shape
from tests.apps.knowledge.uploads import chunk_ids, fresh, long_text, run_in_thread, stored_ids, upload
from tests.cast import Cast
from tests.fakes.documents import make_docx, make_pdf
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync
from weft.events import connection as redis_connection
from weft.events import keys
from weft.http import egress, storage

ROOT = Path(__file__).resolve().parents[3]


def stages_told(dataset: Dataset) -> list[tuple[str, float]]:
    import msgspec

    entries: Any = redis_connection.client().xrange(keys.topic(f"dataset:{dataset.id}"))
    events = [msgspec.json.decode(fields[b"e"]) for _, fields in entries]
    return [(event["document"]["stage"], event["document"]["progress"]) for event in events]


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
    def refuse(*args: object, **options: object) -> None:
        raise ConnectionError("the broker is away")

    monkeypatch.setattr(current_app, "send_task", refuse)
    uploads = [Upload(name, [b"Some text."]) for name in ("one.txt", "two.txt")]
    added = services.add_documents(cast.editor, dataset.id, uploads)

    assert [(each.name, fresh(each).stage) for each in added] == [("one.txt", Stage.QUEUED), ("two.txt", Stage.QUEUED)]


def test_a_file_that_always_kills_its_worker_is_given_up(cast: Cast, dataset: Dataset) -> None:
    document = upload(cast, dataset, "poison.txt", b"One passage.")
    Document.objects.filter(id=document.id).update(attempts=ingestion.MAX_ATTEMPTS)

    tasks.ingest_document(str(document.id))

    assert (fresh(document).stage, fresh(document).error_code) == (Stage.FAILED, "ingest_crashed")


def test_vectors_that_the_store_lost_are_made_again(cast: Cast, dataset: Dataset) -> None:
    document = upload(cast, dataset, "a.txt", b"One passage.")
    tasks.ingest_document(str(document.id))
    egress.run_sync(lambda: vectors.forget_document(dataset, document.id))
    Document.objects.filter(id=document.id).update(stage=Stage.INDEXING)

    tasks.ingest_document(str(document.id))

    assert stored_ids(document) == chunk_ids(document) != set()
