"""What a search reads of the tables: what it may find, which of what was found still lives, and the passages' texts.

One query each, however many datasets and passages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import MD5, Concat

from apps.knowledge import metadata
from apps.knowledge.allowed import Allowed
from apps.knowledge.metadata import Filter
from apps.knowledge.models import Chunk, ChunkKind, Document
from apps.knowledge.search.found import Place

LIVE = Q(is_enabled=True, document__is_enabled=True, document__is_archived=False) & (
    Q(parent=None) | Q(parent__is_enabled=True)
)

_SHOWN = (
    "id", "document_id", "dataset_id", "kind", "parent_id", "position", "content", "answer", "headings", "page",
    "boxes", "start", "end", "hit_count", "document__name", "document__metadata", "document__source", "dataset__name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that was found, as the stages that order chunks know it. The hashes are the same for the same text."""

    chunk_id: UUID
    document_id: UUID
    dataset_id: UUID
    kind: str
    parent_id: UUID | None
    position: int
    text_hash: str
    parent_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk with its text and place."""

    place: Place
    content: str
    answer: str
    kind: str
    parent_id: UUID | None
    metadata: dict[str, object]
    source: str
    hit_count: int

    @property
    def text(self) -> str:
        return f"{self.content}\n{self.answer}" if self.answer else self.content


def allowed(dataset_ids: Sequence[UUID], filters: Sequence[Filter]) -> Allowed | None:
    """What the legs may look at, for which all filters hold; None when that is everything."""
    of_datasets = Document.objects.filter(dataset_id__in=dataset_ids)
    if filters:
        matching = of_datasets.filter(_holds(filters), is_enabled=True, is_archived=False)
        documents = frozenset(matching.values_list("id", flat=True))
        without: frozenset[UUID] = frozenset()
    else:
        documents = None
        without = frozenset(of_datasets.filter(Q(is_enabled=False) | Q(is_archived=True)).values_list("id", flat=True))
    off = set(Chunk.objects.filter(is_enabled=False, dataset_id__in=dataset_ids).values_list("id", flat=True))
    chunks = frozenset(off | set(Chunk.objects.filter(parent_id__in=off).values_list("id", flat=True)) if off else off)
    return Allowed(documents, without, chunks) if documents is not None or without or chunks else None


def count_documents(dataset_ids: Sequence[UUID]) -> int:
    return Document.objects.filter(dataset_id__in=dataset_ids).count()


def live(dataset_ids: Sequence[UUID], chunk_ids: Iterable[UUID], filters: Sequence[Filter]) -> dict[UUID, Candidate]:
    """Those of the chunks that exist, are switched on and meet the filters now."""
    chunks = Chunk.objects.filter(LIVE, id__in=list(chunk_ids), dataset_id__in=dataset_ids)
    chunks = chunks.exclude(kind=ChunkKind.PARENT)
    if filters:
        documents = Document.objects.filter(_holds(filters), dataset_id__in=dataset_ids)
        chunks = chunks.filter(document_id__in=documents.values("id"))
    hashed = chunks.annotate(text_hash=MD5(Concat("content", "answer")), parent_hash=MD5("parent__content"))
    rows = hashed.values_list(
        "id", "document_id", "dataset_id", "kind", "parent_id", "position", "text_hash", "parent_hash"
    )
    return {row[0]: Candidate(*row) for row in rows}


def passages(chunk_ids: Iterable[UUID]) -> dict[UUID, Passage]:
    rows = Chunk.objects.filter(id__in=list(chunk_ids)).select_related("document", "dataset").only(*_SHOWN)
    return {row.id: _passage(row) for row in rows}


def neighbours(around: Sequence[Passage], reach: int) -> dict[UUID, list[Passage]]:
    """For each passage those at most `reach` places before and after it in its document, itself among them, in order.

    Children neighbour children of the same parent, for their positions count within it; everything else what has no
    parent and is a parent as it is, or none as it is.
    """
    wanted = Q()
    for each in around:
        first, last = max(0, each.place.position - reach), each.place.position + reach
        wanted |= Q(document_id=each.place.document_id, parent_id=each.parent_id, position__range=(first, last))
    rows = Chunk.objects.filter(wanted, LIVE).select_related("document", "dataset").only(*_SHOWN)
    near = [_passage(row) for row in rows.order_by("document_id", "position", "id")] if around else []
    return {
        each.place.chunk_id: [
            other
            for other in near
            if (other.place.document_id, other.parent_id) == (each.place.document_id, each.parent_id)
            and abs(other.place.position - each.place.position) <= reach
            and (other.kind == ChunkKind.PARENT) == (each.kind == ChunkKind.PARENT)
        ]
        for each in around
    }


def _holds(filters: Sequence[Filter]) -> Q:
    combined = Q()
    for each in filters:
        combined &= metadata.query(each)
    return combined


def _passage(row: Chunk) -> Passage:
    document = row.document
    place = Place(
        chunk_id=row.id,
        document_id=row.document_id,
        document_name=document.name,
        dataset_id=row.dataset_id,
        dataset_name=row.dataset.name,
        position=row.position,
        headings=row.headings,
        page=row.page,
        boxes=row.boxes,
        start=row.start,
        end=row.end,
    )
    return Passage(
        place, row.content, row.answer, row.kind, row.parent_id, document.metadata, document.source, row.hit_count
    )
