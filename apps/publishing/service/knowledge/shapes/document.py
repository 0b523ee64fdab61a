"""A document as Dify shows it: our stages in its words, in lists and in detail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Length

from apps.knowledge.models import ChunkKind, Document, Source, Stage
from apps.knowledge.services.uploads import format_of
from apps.publishing.service.knowledge import rules
from apps.publishing.service.knowledge.shapes.metadata import values_of
from apps.publishing.service.knowledge.shapes.people import maker, owner_id, seconds

INDEXING_STATUS = {
    Stage.QUEUED: "waiting",
    Stage.PARSING: "parsing",
    Stage.CHUNKING: "splitting",
    Stage.EMBEDDING: "indexing",
    Stage.INDEXING: "indexing",
    Stage.READY: "completed",
    Stage.PAUSED: "paused",
    Stage.FAILED: "error",
    # clients poll until `completed` or `error`; a cancelled document becomes neither by itself
    Stage.CANCELLED: "error",
}
CANCELLED = "Indexing was cancelled; update the document to index it anew."
_RUNNING = (Stage.PARSING, Stage.CHUNKING, Stage.EMBEDDING, Stage.INDEXING)
_LIVE = Q(stage=Stage.READY, is_archived=False)
# Dify's list filter, as a filter of our rows
DISPLAY_STATUS = {
    "queuing": Q(stage=Stage.QUEUED),
    "indexing": Q(stage__in=_RUNNING),
    "paused": Q(stage=Stage.PAUSED),
    "error": Q(stage__in=(Stage.FAILED, Stage.CANCELLED)),
    "available": _LIVE & Q(is_enabled=True),
    "disabled": _LIVE & Q(is_enabled=False),
    "archived": Q(stage=Stage.READY, is_archived=True),
}


def document_shapes(rows: Sequence[Document]) -> list[dict[str, Any]]:
    """Documents of one dataset, which each row carries."""
    if not rows:
        return []
    dataset = rows[0].dataset
    positions = _positions(rows)
    owner = owner_id(dataset.workspace_id)
    fields = list(dataset.metadata_fields.order_by("created_at", "id"))
    return [_shape(row, positions[row.pk], owner) | {"doc_metadata": values_of(row, fields)} for row in rows]


def document_shape(row: Document) -> dict[str, Any]:
    return document_shapes([row])[0]


def detail_shape(row: Document) -> dict[str, Any]:
    segments = row.chunks.exclude(kind=ChunkKind.CHILD).aggregate(n=Count("pk"), length=Avg(Length("content")))
    began, ended = moment_of(row, Stage.PARSING), moment_of(row, Stage.READY)
    rule = rules.process_rule(row.processing if row.processing is not None else row.dataset.processing)
    return document_shape(row) | {
        "completed_at": ended,
        "updated_at": seconds(row.updated_at),
        "indexing_latency": max(0, ended - began) if began and ended else None,
        "segment_count": segments["n"],
        "average_segment_length": round(segments["length"] or 0),
        "dataset_process_rule": rules.process_rule(row.dataset.processing),
        "document_process_rule": {"id": str(row.pk), "dataset_id": str(row.dataset_id), **rule},
        "doc_type": None,
        "doc_language": row.language or None,
    }


def progress_shape(row: Document) -> dict[str, Any]:
    """How far it is. Each stage ends when the next one begins."""
    completed, total = _segments(row)
    return {
        "id": str(row.pk),
        "indexing_status": INDEXING_STATUS[Stage(row.stage)],
        "processing_started_at": moment_of(row, Stage.PARSING),
        "parsing_completed_at": moment_of(row, Stage.CHUNKING),
        "cleaning_completed_at": moment_of(row, Stage.CHUNKING),
        "splitting_completed_at": moment_of(row, Stage.EMBEDDING),
        "completed_at": moment_of(row, Stage.READY),
        "paused_at": seconds(row.updated_at) if row.stage == Stage.PAUSED else None,
        "error": error_of(row),
        "stopped_at": seconds(row.updated_at) if row.stage == Stage.CANCELLED else None,
        "completed_segments": completed,
        "total_segments": total,
    }


def _segments(row: Document) -> tuple[int, int]:
    """Made searchable, of how many. There are none before the text is cut: until then the row counts parts read."""
    if row.stage == Stage.READY:
        return row.chunk_count, row.chunk_count
    return (row.done, row.total) if row.fingerprint else (0, 0)


def moment_of(row: Document, stage: Stage) -> int | None:
    text = row.times.get(stage.value)
    return int(datetime.fromisoformat(text).timestamp()) if text else None


def error_of(row: Document) -> str | None:
    return CANCELLED if row.stage == Stage.CANCELLED else row.error_message or None


def display_status(row: Document) -> str:
    if row.stage == Stage.READY:
        return "archived" if row.is_archived else "available" if row.is_enabled else "disabled"
    if row.stage == Stage.QUEUED:
        return "queuing"
    status = INDEXING_STATUS[Stage(row.stage)]
    return status if status in ("paused", "error") else "indexing"


def upload_shape(row: Document, owner: str) -> dict[str, Any]:
    """The file behind a document; it is known by the document's id."""
    return {
        "id": str(row.pk),
        "name": row.name,
        "size": row.size_bytes,
        "extension": format_of(row),
        "mime_type": row.mime_type,
        "created_by": maker(row, owner),
        "created_at": seconds(row.created_at),
    }


def _shape(row: Document, position: int, owner: str) -> dict[str, Any]:
    from_web = row.source == Source.WEB
    disabled = not row.is_enabled
    return {
        "id": str(row.pk),
        "position": position,
        "data_source_type": "website_crawl" if from_web else "upload_file",
        "data_source_info": {"source_url": row.source_url} if from_web else {"upload_file_id": str(row.pk)},
        "data_source_detail_dict": {} if from_web else {"upload_file": upload_shape(row, owner)},
        "dataset_process_rule_id": str(row.dataset_id if row.processing is None else row.pk),
        "name": row.name,
        "created_from": "web" if row.created_by_id else "api",
        "created_by": maker(row, owner),
        "created_at": seconds(row.created_at),
        "tokens": row.char_count if row.language.startswith(("zh", "ja", "ko")) else (row.char_count + 3) // 4,
        "indexing_status": INDEXING_STATUS[Stage(row.stage)],
        "error": error_of(row),
        "enabled": row.is_enabled,
        "disabled_at": seconds(row.updated_at) if disabled else None,
        "disabled_by": owner if disabled else None,
        "archived": row.is_archived,
        "display_status": display_status(row),
        "word_count": row.char_count,
        "hit_count": row.hit_count,
        "doc_form": rules.doc_form_of(row.processing if row.processing is not None else row.dataset.processing),
        "summary_index_status": None,
        "need_summary": False,
    }


def _positions(rows: Sequence[Document]) -> dict[Any, int]:
    """The place of each in its dataset, from 1, oldest first."""
    before = Document.objects.filter(dataset=OuterRef("dataset")).filter(
        Q(created_at__lt=OuterRef("created_at")) | Q(created_at=OuterRef("created_at"), pk__lt=OuterRef("pk"))
    )
    counted = before.order_by().values("dataset").annotate(n=Count("pk")).values("n")
    found = Document.objects.filter(pk__in=[row.pk for row in rows]).annotate(before=Coalesce(Subquery(counted), 0))
    return dict(found.values_list("pk", F("before") + 1))
