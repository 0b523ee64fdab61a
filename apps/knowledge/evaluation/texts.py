"""The parsed texts of documents for comparing quotes with them: read when first asked for, the last few kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

from apps.knowledge.evaluation.spans import Source, flatten
from apps.knowledge.models import Chunk, DocumentText

_KEPT = 8


def sources() -> Callable[[UUID], Source | None]:
    """Documents' texts with offsets; None where a document has none."""

    @lru_cache(maxsize=_KEPT)
    def of(document_id: UUID) -> Source | None:
        text = _text(document_id)
        return Source(text) if text is not None else None

    return of


def finder() -> Callable[[UUID, str], bool]:
    """Whether a quote stands in a document: in its parsed text, or in a passage that somebody wrote or changed."""

    @lru_cache(maxsize=_KEPT)
    def flat(document_id: UUID) -> str:
        return flatten(_text(document_id) or "")

    def holds(document_id: UUID, quote: str) -> bool:
        wanted = flatten(quote)
        if not wanted:
            return False
        if wanted in flat(document_id):
            return True
        contents = Chunk.objects.filter(document_id=document_id).values_list("content", flat=True)
        return any(wanted in flatten(content) for content in contents.iterator(chunk_size=200))

    return holds


def _text(document_id: UUID) -> str | None:
    return DocumentText.objects.filter(document_id=document_id).values_list("text", flat=True).first()
