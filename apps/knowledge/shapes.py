"""Datasets, documents and chunks as clients see them: in the API's answers and in the events of a dataset's topic."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from apps.knowledge.models import Chunk, Dataset, Document, Stage

# How far along a stage begins; embedding fills what lies between.
_BEGINS = {
    Stage.QUEUED: 0.0,
    Stage.PARSING: 0.02,
    Stage.CHUNKING: 0.08,
    Stage.EMBEDDING: 0.1,
    Stage.INDEXING: 0.98,
    Stage.READY: 1.0,
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
        "created_at": dataset.created_at.isoformat(),
        "updated_at": dataset.updated_at.isoformat(),
        "used_by": used_by,
    }


def document_shape(document: Document) -> dict[str, Any]:
    error = {"code": document.error_code, "message": document.error_message} if document.error_code else None
    return {
        "id": str(document.id),
        "dataset_id": str(document.dataset_id),
        "name": document.name,
        "size_bytes": document.size_bytes,
        "mime_type": document.mime_type,
        "stage": document.stage,
        "progress": progress(document),
        "done": document.done,
        "total": document.total,
        "chunk_count": document.chunk_count,
        "error": error,
        "eta_s": eta_s(document),
        "created_at": document.created_at.isoformat(),
        "updated_at": document.updated_at.isoformat(),
    }


def chunk_shape(chunk: Chunk) -> dict[str, Any]:
    return {
        "id": str(chunk.id),
        "document_id": str(chunk.document_id),
        "position": chunk.position,
        "content": chunk.content,
        "headings": chunk.headings,
        "page": chunk.page,
        "start": chunk.start,
        "end": chunk.end,
        "is_indexed": chunk.is_indexed,
    }


def progress(document: Document) -> float:
    """0 to 1. A stopped document keeps what it had reached."""
    stage = Stage(document.stage)
    share = document.done / document.total if document.total else 0.0
    if stage in (Stage.FAILED, Stage.CANCELLED):
        return round(_BEGINS[Stage.EMBEDDING] * bool(document.total) + 0.88 * share, 3)
    return round(_BEGINS[stage] + (0.88 * share if stage is Stage.EMBEDDING else 0.0), 3)


def eta_s(document: Document) -> int | None:
    """Seconds left at the pace of this attempt; None before there is a pace."""
    made = document.done - document.started_done
    if document.stage != Stage.EMBEDDING or document.started_at is None or made <= 0:
        return None
    elapsed = (timezone.now() - document.started_at).total_seconds()
    return max(1, round(elapsed / made * (document.total - document.done)))
