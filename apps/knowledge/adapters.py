"""The engine's `Retrieval` port for one workspace: the one search, with hits as Dify's retrieval node gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from apps.knowledge import search
from apps.knowledge.metadata import Filter
from apps.knowledge.search import Hit, Request
from apps.knowledge.search.shapes import funnel_shape, place_shape
from weft.http.errors import WeftError
from workflows.errors import RetrievalError
from workflows.ports import Passage, Passages, RetrievalRequest


class WorkspaceRetrieval:
    """Searches this workspace's datasets, of which one of `readers` must see each; None is the workspace itself."""

    supports: frozenset[str] = frozenset({"reranking", "filter", "filter_model", "chooser"})

    def __init__(self, workspace_id: UUID, readers: Sequence[UUID] | None = None) -> None:
        self._workspace_id, self._readers = workspace_id, readers

    async def retrieve(self, request: RetrievalRequest) -> Passages:
        try:
            found = await search.search_async(self._workspace_id, replace(asked(request), readers=self._readers))
        except WeftError as exc:
            raise RetrievalError(exc.code, exc.message) from exc
        passages = [passage(hit, position) for position, hit in enumerate(found.hits, start=1)]
        return Passages(passages, funnel=funnel_shape(found.funnel))


def asked(request: RetrievalRequest) -> Request:
    """What a node leaves open, the dataset's own settings decide. Raises RetrievalError."""
    settings: dict[str, Any] = {}
    if request.top_k is not None:
        settings["top_k"] = min(request.top_k, search.MAX_TOP_K)
    if request.score_threshold is not None:
        settings["threshold"] = request.score_threshold
    settings |= _reranking(request)
    for model, wanted in ((request.chooser, {"choose": True}), (request.filter_model, {"filter": True})):
        if model is not None:
            # one model makes all of a question, the last one named
            chosen = {"provider": model.provider, "model": model.model}
            settings["questions"] = {**settings.get("questions", {}), **chosen, **wanted}
    return Request(
        query=request.query,
        dataset_ids=request.dataset_ids,
        settings=settings,
        filter=_filter(request),
        history=request.history,
        origin="tool" if request.is_tool else "app",
    )


def _reranking(request: RetrievalRequest) -> dict[str, Any]:
    reranking = request.reranking
    if reranking is None:
        return {}
    if reranking.mode == "model":
        return {"rerank": {"provider": reranking.provider, "model": reranking.model}}
    total = reranking.vector_weight + reranking.keyword_weight
    share = reranking.vector_weight / total if total > 0 else 0.5
    return {"method": "hybrid", "fusion": "weighted", "vector_weight": share, "rerank": None}


def _filter(request: RetrievalRequest) -> Filter | None:
    if request.filter is None:
        return None
    conditions = [
        {"name": each.name, "operator": each.operator, "value": each.value} for each in request.filter.conditions
    ]
    try:
        return Filter.model_validate({"logical": request.filter.logical, "conditions": conditions})
    except ValidationError as exc:
        error = exc.errors()[0]
        where = ".".join(str(each) for each in error["loc"])
        raise RetrievalError("filter_invalid", f"The filter is not valid at {where}: {error['msg']}.") from exc


def passage(hit: Hit, position: int) -> Passage:
    """`position` is the rank, from 1; it is also the number a model cites by."""
    children = [
        {
            "id": str(each.place.chunk_id),
            "content": each.content,
            "position": each.place.position + 1,
            "score": each.score,
        }
        for each in hit.children
    ]
    metadata: dict[str, Any] = {
        "_source": "knowledge",
        "position": position,
        "dataset_id": str(hit.dataset_id),
        "dataset_name": hit.dataset_name,
        "document_id": str(hit.document_id),
        "document_name": hit.document_name,
        "data_source_type": "upload_file" if hit.source == "file" else hit.source,
        "segment_id": str(hit.chunk_id),
        "segment_position": hit.place.position + 1,
        "segment_word_count": len(hit.content),
        "segment_hit_count": hit.hit_count,
        "retriever_from": "workflow",
        "score": hit.score,
        "score_method": hit.method,
        "child_chunks": children,
        "headings": hit.place.headings,
        "page": hit.place.page,
        "boxes": hit.place.boxes,
        "start": hit.place.start,
        "end": hit.place.end,
        "also": [place_shape(each) for each in hit.also],
        "doc_metadata": dict(hit.metadata),
    }
    return {"title": hit.document_name, "content": hit.text, "files": [], "metadata": metadata}
