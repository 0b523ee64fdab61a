"""Segments and child chunks: our chunks in Dify's words. A parent, a pair and a plain passage are segments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from apps.knowledge.models import Chunk, ChunkKind
from apps.publishing.service.knowledge.shapes.people import maker, seconds
from workflows.tokens import estimate_tokens


def segment_shapes(rows: Sequence[Chunk], owner: str) -> list[dict[str, Any]]:
    children: dict[Any, list[Chunk]] = defaultdict(list)
    for child in Chunk.objects.filter(parent__in=rows).order_by("position", "id"):
        children[child.parent_id].append(child)
    return [segment_shape(row, owner) | {"child_chunks": child_shapes(children[row.pk])} for row in rows]


def segment_shape(row: Chunk, owner: str) -> dict[str, Any]:
    # A parent has no vector: it is found through its children.
    done = row.is_indexed or row.kind == ChunkKind.PARENT
    return {
        "id": str(row.pk),
        "position": row.position + 1,
        "document_id": str(row.document_id),
        "content": row.content,
        "sign_content": row.content,
        "answer": row.answer or None,
        "word_count": len(row.content) + len(row.answer),
        "tokens": estimate_tokens(row.content + row.answer),
        "keywords": row.keywords,
        "index_node_id": str(row.pk),
        "index_node_hash": row.sha256,
        "hit_count": row.hit_count,
        "enabled": row.is_enabled,
        "disabled_at": None if row.is_enabled else seconds(row.updated_at),
        "disabled_by": None if row.is_enabled else owner,
        "status": "completed" if done else "indexing",
        "created_by": maker(row, owner),
        "created_at": seconds(row.created_at),
        "updated_by": maker(row, owner),
        "updated_at": seconds(row.updated_at),
        "indexing_at": seconds(row.created_at),
        "completed_at": seconds(row.updated_at) if done else None,
        "error": None,
        "stopped_at": None,
        "child_chunks": [],
        "attachments": [],
        "summary": None,
    }


def child_shapes(rows: Sequence[Chunk]) -> list[dict[str, Any]]:
    """Children of one segment, counted from 1 within it."""
    return [child_shape(row, position) for position, row in enumerate(rows, start=1)]


def child_shape(row: Chunk, position: int) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "segment_id": str(row.parent_id),
        "content": row.content,
        "position": position,
        "word_count": len(row.content),
        "tokens": estimate_tokens(row.content),
        "type": "customized" if row.is_edited else "automatic",
        "created_at": seconds(row.created_at),
        "updated_at": seconds(row.updated_at),
    }
