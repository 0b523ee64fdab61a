"""Ingestion without its model or its store: what waits, what fails, what goes on."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from pytest_django import Settings

from apps.knowledge import ingestion, services, tasks
from apps.knowledge.models import Dataset, Document, Stage
from apps.knowledge.shapes import document_shape
from tests.apps.knowledge.uploads import due, fresh, upload
from tests.cast import Cast
from tests.fakes.openai_server import FakeOpenAI


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
