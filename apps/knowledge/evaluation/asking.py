"""The one place where an evaluation searches: with the function that everything else searches with, out of the log."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from apps.knowledge import retrieval
from apps.knowledge.evaluation.judging import Seen
from apps.knowledge.search.settings import Retrieval
from workflows.ports import RetrievalRequest


@dataclass(frozen=True, slots=True)
class Answer:
    """`notes` are codes with sentences: what a search had to do without, such as a reranker that did not answer."""

    seen: list[Seen]
    notes: dict[str, str]


async def ask(workspace_id: UUID, dataset_id: UUID, question: str, setting: Retrieval) -> Answer:
    """Raises RetrievalError and ModelError."""
    request = RetrievalRequest(
        query=question, dataset_ids=[str(dataset_id)], top_k=setting.top_k, score_threshold=setting.threshold
    )
    hits = await retrieval.retrieve_async(workspace_id, request)
    return Answer(
        [
            Seen(
                chunk_id=str(hit.chunk_id),
                document_name=hit.document_name,
                score=hit.score,
                content=hit.content,
                stands=((hit.document_id, None),),
            )
            for hit in hits
        ],
        {},
    )
