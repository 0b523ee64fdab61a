"""A worker's turn with a document: from wherever it stands to its end, or until another one has a better claim."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from apps.knowledge import parser_process, progress, vectors
from apps.knowledge.embedding import counted as vector_counts
from apps.knowledge.extraction import extract_metadata
from apps.knowledge.ingestion import cutting, embedding, reading
from apps.knowledge.ingestion.hold import GiveWay, Hold
from apps.knowledge.leases import Cancelled, Heartbeat, LeaseLost, acquire, fenced
from apps.knowledge.models import Chunk, Dataset, Document, Stage
from weft.http import egress
from workflows.documents.errors import ParseError
from workflows.errors import ModelError

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
# A store or model that is away is asked again after 15 s, 30 s, ... 10 min: half an hour in all.
MAX_WAITS = 8
_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(minutes=10)
_PASSING = ("model_unavailable", "model_timeout", "model_rate_limited", "model_interrupted")


def ingest(document_id: UUID, *, gives_way: bool = False) -> bool:
    """Bring the document to `ready`, `failed`, `paused` or `cancelled`. False when somebody else has it."""
    token = acquire(document_id)
    if token is None:
        return False
    document = Document.objects.select_related("dataset").filter(id=document_id, lease_token=token).first()
    if document is None:
        return False
    with Heartbeat.of_document(document_id, token) as heartbeat:
        hold = Hold(document, token, heartbeat, gives_way=gives_way)
        try:
            _go_on(hold)
        except LeaseLost:
            _clean_up(document)
        except (GiveWay, Cancelled, parser_process.Stopped):
            _give_back(hold)
        except (ParseError, ModelError) as exc:
            message = _named(document, exc.message)
            if exc.code in _PASSING:
                _wait(hold, exc.code, message)
            else:
                _end(hold, Stage.FAILED, exc.code, message)
        except vectors.VectorStoreError as exc:
            message = f"The vector store did not take {document.name}. {exc.message} Retry it when the store is back."
            if exc.status == 0 or exc.status >= 500:
                _wait(hold, "vector_store_unavailable", message)
            else:
                _end(hold, Stage.FAILED, "vector_store_unavailable", message)
        except (OperationalError, InterfaceError):
            # the database is away, and cannot be told anything: the lease ends by itself, and the sweep hands it on
            logger.exception("Document %s is left where it stands", document_id)
            return True
        except Exception:
            logger.exception("Ingestion of document %s failed", document_id)
            message = f"Something went wrong in Weft while reading {document.name}. The worker's log has the cause."
            _end(hold, Stage.FAILED, "internal_error", message)
        finally:
            hold.account()
    return True


def _go_on(hold: Hold) -> None:
    if hold.document.attempts > MAX_ATTEMPTS:
        message = f"It stopped its worker {MAX_ATTEMPTS} times without progress. Save it in another format."
        raise ParseError("ingest_crashed", message)
    if not hold.document.fingerprint:
        reading.read(hold)
        cutting.cut(hold)
    _embed(hold)
    warnings = extract_metadata(hold.document, should_stop=hold.should_stop)
    while not _close(hold, warnings):
        _embed(hold)


def _embed(hold: Hold) -> None:
    embedding.embed(hold)
    hold.begin(Stage.INDEXING)
    embedding.check(hold)


def _close(hold: Hold, warnings: Sequence[dict[str, Any]]) -> bool:
    """False when an edit came meanwhile that has no vector yet: its author saw a document that a worker has."""
    with hold.commit() as document:
        document.done, document.total = vector_counts(hold.id)
        if document.done < document.total:
            return False
        document.warnings = [*document.warnings, *warnings]
        document.stage = Stage.READY
        document.times[Stage.READY.value] = timezone.now().isoformat()
        document.attempts = 0
        document.lease_expires_at = None
    return True


def _give_back(hold: Hold) -> None:
    """To those that wait, unless the user wants it paused or ended."""
    try:
        with fenced(hold.id, hold.token):
            stage = Stage.QUEUED
    except Cancelled as exc:
        stage = exc.stage
    except LeaseLost:
        _clean_up(hold.document)
        return
    _end(hold, stage)


def _wait(hold: Hold, code: str, message: str) -> None:
    """What is away may be back soon: the document is taken up then, and fails when that has not helped."""
    try:
        with fenced(hold.id, hold.token) as document:
            has_failed = document.waits >= MAX_WAITS
            if not has_failed:
                pause = min(_LONGEST_WAIT, _FIRST_WAIT * 2**document.waits)
                document.waits += 1
                document.attempts = 0
                document.error_stage, document.error_code, document.error_message = document.stage, code, message
                document.stage = Stage.QUEUED
                document.lease_expires_at = None
                document.queued_at = timezone.now()
                document.not_before = document.queued_at + pause
                document.save()
    except Cancelled as exc:
        _end(hold, exc.stage)
        return
    except LeaseLost:
        _clean_up(hold.document)
        return
    if has_failed:
        _end(hold, Stage.FAILED, code, message)
    else:
        progress.publish(document)


def _end(hold: Hold, stage: Stage, code: str = "", message: str = "") -> None:
    """Give the document back. What it was doing is kept of one that failed."""
    try:
        with fenced(hold.id, hold.token, even_if_cancelled=True) as document:
            document.error_stage = document.stage if stage is Stage.FAILED else ""
            document.error_code, document.error_message = code, message
            document.stage = stage
            document.cancel_requested = document.pause_requested = False
            document.lease_expires_at = document.not_before = None
            document.waits = 0 if stage is Stage.FAILED else document.waits
            document.queued_at = timezone.now()
            document.save()
    except LeaseLost:
        _clean_up(hold.document)
        return
    progress.publish(document)


def _named(document: Document, message: str) -> str:
    """The sentence names the document once. What was read before a file was replaced can still be found."""
    named = message if document.name in message else f"{document.name}: {message}"
    if not document.fingerprint and Chunk.objects.filter(document=document).exists():
        named += " What was read before is still found."
    return named


def _clean_up(document: Document) -> None:
    """The batch in hand may have reached the store after the deletion had emptied it."""
    dataset = document.dataset
    try:
        if not Dataset.objects.filter(id=dataset.id).exists():
            for store, _ in vectors.places_of(dataset):
                egress.run_sync(partial(vectors.forget_dataset, dataset.id, store))
        elif not Document.objects.filter(id=document.id).exists():
            egress.run_sync(lambda: vectors.forget_document(dataset, document.id))
        else:
            embedding.forget_strays(dataset, document.id)
    except vectors.VectorStoreError:
        logger.warning("Vectors of document %s may be left over: the store is away", document.id)
