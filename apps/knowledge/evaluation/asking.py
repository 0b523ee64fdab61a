"""The one place where an evaluation searches: with the function that everything else searches with, out of the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.knowledge import search
from apps.knowledge.evaluation.judging import Seen
from apps.knowledge.evaluation.spans import Span
from apps.knowledge.search.settings import Retrieval


@dataclass(frozen=True, slots=True)
class Answer:
    """`notes` are codes with sentences: what a search had to do without, such as a reranker that did not answer."""

    seen: list[Seen]
    notes: dict[str, str]


async def ask(workspace_id: UUID, dataset_id: UUID, question: str, setting: Retrieval) -> Answer:
    """Raises RetrievalError."""
    settings = setting.model_dump(mode="json")
    request = search.Request(query=question, dataset_ids=[str(dataset_id)], settings=settings)
    found = await search.search_async(workspace_id, request)
    notes = {note.code: note.message for note in found.funnel.notes}
    return Answer([_seen(hit) for hit in found.hits], notes)


def _seen(hit: search.Hit) -> Seen:
    places: Sequence[search.Place] = [hit.place, *hit.also]
    return Seen(
        chunk_id=str(hit.chunk_id),
        document_name=hit.document_name,
        score=hit.score,
        content=hit.text,
        stands=tuple((place.document_id, _span(place)) for place in places),
    )


def _span(place: search.Place) -> Span | None:
    return (place.start, place.end) if place.start is not None and place.end is not None else None
