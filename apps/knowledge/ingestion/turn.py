"""A worker's turn with a document: from wherever it stands to its end, or until another one has a better claim."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from apps.knowledge import parser_process, progress, vectors
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


def ingest(document_id: UUID, *, gives_way: bool = False) -> bool:
    """Bring the document to `ready`, `failed`, `paused` or `cancelled`. False when somebody else has it."""
    token = acquire(document_id)
    if token is None:
        return False
    document = Document.objects.select_related("dataset").filter(id=document_id).first()
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
            _end(hold, Stage.FAILED, exc.code, _named(document, exc.message))
        except vectors.VectorStoreError as exc:
            message = f"The vector store did not take {document.name}. {exc.message} Retry it when the store is back."
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
    embedding.embed(hold)
    hold.begin(Stage.INDEXING)
    embedding.check(hold)
    warnings = extract_metadata(hold.document, should_stop=hold.should_stop)
    with hold.commit() as document:
        document.warnings = [*document.warnings, *warnings]
        document.stage = Stage.READY
        document.times[Stage.READY.value] = timezone.now().isoformat()
        document.done = document.total
        document.attempts = 0
        document.lease_expires_at = None


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


def _end(hold: Hold, stage: Stage, code: str = "", message: str = "") -> None:
    """Give the document back. What it was doing is kept of one that failed."""
    try:
        with fenced(hold.id, hold.token, even_if_cancelled=True) as document:
            document.error_stage = document.stage if stage is Stage.FAILED else ""
            document.error_code, document.error_message = code, message
            document.stage = stage
            document.cancel_requested = document.pause_requested = False
            document.lease_expires_at = None
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
            egress.run_sync(lambda: vectors.forget_dataset(dataset))
        elif not Document.objects.filter(id=document.id).exists():
            egress.run_sync(lambda: vectors.forget_document(dataset, document.id))
        else:
            embedding.forget_strays(dataset, document.id)
    except vectors.VectorStoreError:
        logger.warning("Vectors of document %s may be left over: the store is away", document.id)
