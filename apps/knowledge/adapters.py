"""The engine's `Retrieval` port for one workspace: hits as Dify's retrieval node gives them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.knowledge import retrieval
from apps.knowledge.retrieval import Hit
from workflows.ports import Passage, RetrievalRequest


class WorkspaceRetrieval:
    """Searches this workspace's datasets. It does not filter by metadata or rerank; nodes that ask for it say so."""

    supports: frozenset[str] = frozenset()

    def __init__(self, workspace_id: UUID) -> None:
        self._workspace_id = workspace_id

    async def retrieve(self, request: RetrievalRequest) -> list[Passage]:
        hits = await retrieval.retrieve_async(self._workspace_id, request)
        return [passage(hit, position) for position, hit in enumerate(hits, start=1)]


def passage(hit: Hit, position: int) -> Passage:
    """`position` is the rank, from 1; it is also the number a model cites by."""
    metadata: dict[str, Any] = {
        "_source": "knowledge",
        "position": position,
        "dataset_id": str(hit.dataset_id),
        "dataset_name": hit.dataset_name,
        "document_id": str(hit.document_id),
        "document_name": hit.document_name,
        "data_source_type": "upload_file",
        "segment_id": str(hit.chunk_id),
        "segment_position": hit.position + 1,
        "segment_word_count": len(hit.content),
        "retriever_from": "workflow",
        "score": hit.score,
        "score_method": hit.method,
        "headings": hit.headings,
        "page": hit.page,
        "doc_metadata": {},
    }
    return {"title": hit.document_name, "content": hit.content, "files": [], "metadata": metadata}
