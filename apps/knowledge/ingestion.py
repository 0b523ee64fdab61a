"""A document's way into its dataset: parse, chunk, embed and index in batches, check.

Each step commits under the lease's fencing token and can be repeated; what a killed worker committed is not done again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Coroutine, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.knowledge import chunking, index, parser_process, processing, progress, vectors
from apps.knowledge.leases import Cancelled, Heartbeat, LeaseLost, acquire, fenced
from apps.knowledge.models import Chunk, Dataset, Document, DocumentText, Stage
from weft.http import egress, storage
from workflows.documents.errors import ParseError
from workflows.errors import ModelError

logger = logging.getLogger(__name__)

BATCH = 32
MAX_ATTEMPTS = 5
_POLL_S = 0.25


def ingest(document_id: UUID) -> None:
    """Bring the document to `ready`, `failed` or `cancelled`, from wherever it stands. Goes away when it is taken."""
    token = acquire(document_id)
    if token is None:
        return
    document = Document.objects.select_related("dataset").filter(id=document_id).first()
    if document is None:
        return
    try:
        with Heartbeat(document_id, token) as heartbeat:
            _Ingestion(document, token, heartbeat).run()
    except LeaseLost:
        _clean_up_if_deleted(document)
    except (Cancelled, parser_process.Stopped):
        _end(document, token, Stage.CANCELLED)
    except (ParseError, ModelError) as exc:
        _end(document, token, Stage.FAILED, exc.code, exc.message)
    except vectors.VectorStoreError as exc:
        message = f"The vector store did not take {document.name}. {exc.message} Resume it when the store is back."
        _end(document, token, Stage.FAILED, "vector_store_unavailable", message)
    except Exception:
        logger.exception("Ingestion of document %s failed", document_id)
        message = f"Something went wrong in Weft while reading {document.name}. The worker's log has the cause."
        _end(document, token, Stage.FAILED, "internal_error", message)


class _Ingestion:
    """One attempt under one lease."""

    def __init__(self, document: Document, token: int, heartbeat: Heartbeat) -> None:
        self._id, self._token, self._heartbeat = document.id, token, heartbeat
        self._dataset: Dataset = document.dataset
        self._name, self._path, self._processing = document.name, document.path, document.processing
        self._is_chunked, self._attempts = document.total > 0, document.attempts

    def run(self) -> None:
        if self._attempts > MAX_ATTEMPTS:
            message = (
                f"{self._name} stopped its worker {MAX_ATTEMPTS} times without progress. Save it in another format."
            )
            raise ParseError("ingest_crashed", message)
        if not self._is_chunked:
            self._chunk()
        self._step(Stage.EMBEDDING)
        while batch := list(Chunk.objects.filter(document_id=self._id, is_indexed=False).order_by("position")[:BATCH]):
            self._index(batch)
        self._step(Stage.INDEXING)
        self._check()
        self._finish()

    def _chunk(self) -> None:
        self._step(Stage.PARSING)
        path = storage.locate(self._path)
        extension = parser_process.extension_of(self._name)
        try:
            blocks = parser_process.parse(path, extension, should_stop=self._heartbeat.should_stop)
        except ParseError as exc:
            raise ParseError(exc.code, f"{self._name}: {exc.message}") from exc
        self._step(Stage.CHUNKING)
        made = chunking.chunk(blocks, processing.effective(self._dataset.processing, self._processing))
        if not made.chunks:
            raise ParseError("parse_empty", f"{self._name}: There is no text in the file.")
        rows = [_row(self._dataset.id, self._id, index, each) for index, each in enumerate(made.chunks)]
        with fenced(self._id, self._token) as document:
            DocumentText.objects.update_or_create(document=document, defaults={"text": made.text})
            Chunk.objects.filter(document=document).delete()
            Chunk.objects.bulk_create(rows, batch_size=500)
            index.put(self._dataset.id, rows)
            document.total = document.chunk_count = len(rows)
            document.done = document.attempts = 0
            document.save()
        progress.publish(document)

    def _index(self, batch: Sequence[Chunk]) -> None:
        """Embed and store one batch, then commit that it is there. Repeating a batch replaces its vectors."""
        dataset = self._dataset

        async def embed_and_store() -> None:
            await index.embed(dataset, batch)

        egress.run_sync(lambda: self._unless_stopped(embed_and_store()))
        with fenced(self._id, self._token) as document:
            Chunk.objects.filter(id__in=[chunk.id for chunk in batch]).update(is_indexed=True)
            index.touch(self._dataset.id)
            document.done = Chunk.objects.filter(document=document, is_indexed=True).count()
            document.attempts = 0
            document.save()
        progress.publish(document)

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Give `work` up within a moment of a cancellation, however long its server takes."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await asyncio.wait({task}, timeout=_POLL_S)
            if self._heartbeat.should_stop():
                task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            return await task
        raise parser_process.Stopped

    def _check(self) -> None:
        """The store may have lost vectors since they were committed; those chunks are indexed again."""
        stored = egress.run_sync(
            lambda: vectors.store_of(self._dataset).ids_of_document(vectors.collection_of(self._dataset), self._id)
        )
        lost = [
            chunk for chunk in Chunk.objects.filter(document_id=self._id).order_by("position") if chunk.id not in stored
        ]
        for start in range(0, len(lost), BATCH):
            self._index(lost[start : start + BATCH])

    def _finish(self) -> None:
        with fenced(self._id, self._token) as document:
            document.stage = Stage.READY
            document.done = document.total
            document.lease_expires_at = None
            document.save()
        progress.publish(document)

    def _step(self, stage: Stage) -> None:
        with fenced(self._id, self._token) as document:
            document.stage = stage
            document.error_code = document.error_message = ""
            if stage is Stage.EMBEDDING:
                document.started_at, document.started_done = timezone.now(), document.done
            document.save()
        progress.publish(document)


def _row(dataset_id: UUID, document_id: UUID, position: int, passage: chunking.Draft) -> Chunk:
    return Chunk(
        dataset_id=dataset_id,
        document_id=document_id,
        position=position,
        content=passage.content,
        headings=passage.headings,
        page=passage.page,
        start=passage.start,
        end=passage.end,
        sha256=hashlib.sha256(passage.content.encode()).hexdigest(),
    )


def _end(document: Document, token: int, stage: Stage, code: str = "", message: str = "") -> None:
    try:
        with fenced(document.id, token, even_if_cancelled=True) as current:
            current.stage = stage
            current.error_code, current.error_message = code, message
            current.cancel_requested = False
            current.lease_expires_at = None
            current.save()
    except LeaseLost:
        _clean_up_if_deleted(document)
        return
    progress.publish(current)


def _clean_up_if_deleted(document: Document) -> None:
    """The batch in hand may have reached the store after the deletion had emptied it."""
    dataset = document.dataset
    if not Dataset.objects.filter(id=dataset.id).exists():
        egress.run_sync(lambda: vectors.forget_dataset(dataset.vector_store, vectors.collection_of(dataset)))
    elif not Document.objects.filter(id=document.id).exists():
        egress.run_sync(lambda: vectors.forget_document(dataset, document.id))
