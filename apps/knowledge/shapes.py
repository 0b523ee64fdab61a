"""Datasets, documents and chunks as clients see them: in the API's answers and in the events of a dataset's topic."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.knowledge.leases import WORKING
from apps.knowledge.made_from import made_from
from apps.knowledge.models import Chunk, Dataset, Document, Move, Stage

# Where in the whole a stage begins, and how much of it its own progress fills.
_SPANS = {
    Stage.QUEUED: (0.0, 0.0),
    Stage.PARSING: (0.02, 0.16),
    Stage.CHUNKING: (0.18, 0.0),
    Stage.EMBEDDING: (0.2, 0.78),
    Stage.INDEXING: (0.98, 0.0),
    Stage.READY: (1.0, 0.0),
}


def dataset_shape(
    dataset: Dataset, document_count: int, chunk_count: int, used_by: list[dict[str, str]]
) -> dict[str, Any]:
    return {
        "id": str(dataset.id),
        "name": dataset.name,
        "description": dataset.description,
        "document_count": document_count,
        "chunk_count": chunk_count,
        "embedding_provider": dataset.embedding_provider,
        "embedding_model": dataset.embedding_model,
        "external": _external(dataset),
        "created_at": dataset.created_at.isoformat(),
        "updated_at": dataset.updated_at.isoformat(),
        "used_by": used_by,
    }


def _external(dataset: Dataset) -> dict[str, str] | None:
    """Where its passages lie, of a dataset that stands for what a service elsewhere holds."""
    service = dataset.external_service
    if service is None:
        return None
    return {"service_id": str(service.id), "service_name": service.name, "key": dataset.external_key}


def document_shape(document: Document) -> dict[str, Any]:
    done, total = _counts(document)
    return {
        "id": str(document.id),
        "dataset_id": str(document.dataset_id),
        "name": document.name,
        "source": document.source,
        "source_url": document.source_url,
        "connector_id": str(document.connector_id) if document.connector_id else None,
        "batch": document.batch,
        "size_bytes": document.size_bytes,
        "mime_type": document.mime_type,
        "language": document.language,
        "stage": document.stage,
        "error": _error(document),
        "warnings": document.warnings,
        "progress": progress(document),
        "done": done,
        "total": total,
        "counts": "chunks" if document.fingerprint else "parts",
        "eta_s": eta_s(document),
        "stalled": is_stalled(document),
        "stopping": _stopping(document),
        # its store or model was away, as `error` says: it is tried again then
        "retry_at": document.not_before.isoformat() if document.not_before else None,
        "times": document.times,
        "page_count": document.page_count,
        "char_count": document.char_count,
        "chunk_count": document.chunk_count,
        "reused_count": document.reused_count,
        "outdated": is_outdated(document),
        "processing": document.processing,
        "metadata": document.metadata,
        "is_enabled": document.is_enabled,
        "is_archived": document.is_archived,
        "hit_count": document.hit_count,
        "created_at": document.created_at.isoformat(),
        "updated_at": document.updated_at.isoformat(),
    }


def chunk_shape(chunk: Chunk) -> dict[str, Any]:
    return {
        "id": str(chunk.id),
        "document_id": str(chunk.document_id),
        "kind": chunk.kind,
        "parent_id": str(chunk.parent_id) if chunk.parent_id else None,
        "position": chunk.position,
        "content": chunk.content,
        "answer": chunk.answer,
        "keywords": chunk.keywords,
        "headings": chunk.headings,
        "page": chunk.page,
        "boxes": chunk.boxes,
        "start": chunk.start,
        "end": chunk.end,
        "is_enabled": chunk.is_enabled,
        "is_edited": chunk.is_edited,
        "is_indexed": chunk.is_indexed,
        "hit_count": chunk.hit_count,
        # counted where lists ask for it
        "child_count": getattr(chunk, "child_count", 0),
        "created_at": chunk.created_at.isoformat(),
        "updated_at": chunk.updated_at.isoformat(),
    }


def move_shape(dataset: Dataset, move: Move | None) -> dict[str, Any]:
    """Where the vectors are on their way to, and how far they are. A failed one is tried again at `retry_at`."""
    state = _move_state(dataset, move)
    failed = move if state == "failed" else None
    return {
        "dataset_id": str(dataset.id),
        "state": state,
        "to": _aim(dataset),
        "done": move.done if move else 0,
        "total": move.total if move else 0,
        "eta_s": _left_s(move.started_at, move.started_done, move.done, move.total) if move else None,
        "error": {"code": failed.error_code, "message": failed.error_message} if failed else None,
        "retry_at": failed.retry_at.isoformat() if failed and failed.retry_at else None,
    }


def progress(document: Document) -> float:
    """0 to 1. A document that waits or was stopped keeps what it had reached."""
    stage = Stage(document.stage)
    share = document.done / document.total if document.total else 0.0
    if stage in (Stage.QUEUED, Stage.PAUSED, Stage.FAILED, Stage.CANCELLED):
        stage = _reached(document)
    begin, width = _SPANS[stage]
    return round(begin + width * min(share, 1.0), 3)


def eta_s(document: Document) -> int | None:
    """Seconds left of its stage at the pace of this turn; None before there is a pace."""
    if document.stage not in (Stage.PARSING, Stage.EMBEDDING):
        return None
    return _left_s(document.started_at, document.started_done, document.done, document.total)


def is_stalled(document: Document) -> bool:
    """Its stage says that a worker has it, and none does: the sweep will hand it on."""
    expires = document.lease_expires_at
    return document.stage in WORKING and (expires is None or expires < timezone.now())


def is_outdated(document: Document) -> bool:
    """Whether reading it again would go by other settings or another Weft than its chunks were made by."""
    return bool(document.fingerprint) and document.fingerprint != made_from(document)


def _left_s(started_at: datetime | None, started_done: int, done: int, total: int) -> int | None:
    if started_at is None or done <= started_done:
        return None
    elapsed = (timezone.now() - started_at).total_seconds()
    return max(1, round(elapsed / (done - started_done) * (total - done)))


def _aim(dataset: Dataset) -> dict[str, str] | None:
    if not dataset.moving:
        return None
    to = dataset.moving
    return {"provider": to["embedding_provider"], "model": to["embedding_model"], "vector_store": to["vector_store"]}


def _move_state(dataset: Dataset, move: Move | None) -> str:
    if not dataset.moving or move is None:
        return "none"
    if move.error_code:
        return "failed"
    expires = move.lease_expires_at
    return "moving" if expires is not None and expires > timezone.now() else "waiting"


def _counts(document: Document) -> tuple[int, int]:
    """Parts read or chunks embedded, of how many. While it is cut, the row still tells the parts that were read."""
    return (0, 0) if document.stage == Stage.CHUNKING else (document.done, document.total)


def _reached(document: Document) -> Stage:
    if document.fingerprint:
        return Stage.EMBEDDING
    return Stage.PARSING if document.total else Stage.QUEUED


def _error(document: Document) -> dict[str, str] | None:
    if not document.error_code:
        return None
    return {"code": document.error_code, "message": document.error_message, "stage": document.error_stage}


def _stopping(document: Document) -> str | None:
    if document.cancel_requested:
        return Stage.CANCELLED.value
    return Stage.PAUSED.value if document.pause_requested else None
