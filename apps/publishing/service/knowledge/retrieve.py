"""POST /v1/datasets/{id}/retrieve, also called hit-testing: the one search of ours, in Dify's records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.accounts.services import Actor
from apps.knowledge import search
from apps.knowledge.models import Chunk, Dataset
from apps.knowledge.search.found import Child, Found, Hit, Request
from apps.publishing.callers import workspace_by_key
from apps.publishing.service.http import endpoint, read_json, text_field
from apps.publishing.service.knowledge import options
from apps.publishing.service.knowledge.frame import as_response, open_dataset
from apps.publishing.service.knowledge.shapes.metadata import named_values
from apps.publishing.service.knowledge.shapes.people import owner_id
from apps.publishing.service.knowledge.shapes.segment import segment_shape
from weft.db.aio import call_db
from weft.http.errors import WeftError
from workflows.errors import RetrievalError
from workflows.tokens import estimate_tokens


async def retrieve(request: HttpRequest, actor: Actor, dataset_id: str) -> HttpResponseBase:
    """Without `retrieval_model` the dataset is searched with its own settings."""
    body = read_json(request)
    query = text_field(body, "query", required=True)
    settings = options.searching(body)
    dataset = await call_db(open_dataset, actor, dataset_id)
    asked = Request(query=query, dataset_ids=[str(dataset.pk)], settings=settings, origin="api")
    found = await searched(actor, dataset, asked)
    records = await call_db(_records, actor, found.hits)
    return as_response({"query": {"content": query}, "records": records})


async def searched(actor: Actor, dataset: Dataset, request: Request) -> Found:
    """The search, for a caller who has opened the dataset. What stops it comes in Dify's codes."""
    try:
        return await search.search_async(actor.workspace_id, request)
    except RetrievalError as error:
        if error.code == "dataset_not_found":
            raise WeftError("not_found", "Dataset does not exist.", 404) from error
        if error.code in ("model_provider_unknown", "not_found"):
            raise WeftError("provider_not_initialize", error.message, 400) from error
        raise WeftError(error.code, error.message, 503) from error


def _records(actor: Actor, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    rows = Chunk.objects.select_related("document__dataset", "document__created_by")
    chunks = rows.in_bulk([hit.chunk_id for hit in hits])
    owner = owner_id(actor.workspace_id)
    return [_record(hit, chunks.get(hit.chunk_id), owner) for hit in hits]


def _record(hit: Hit, chunk: Chunk | None, owner: str) -> dict[str, Any]:
    """`segment` is the chunk as it stands, with the content as it was found; an external service's is made of the hit,
    and has `title`, `content` and `metadata` beside it, as that service gave them."""
    segment = segment_shape(chunk, owner) if chunk is not None else _foreign(hit)
    segment |= {"content": hit.content, "sign_content": hit.content, "document": _document(hit, chunk)}
    outside = {"title": hit.document_name, "content": hit.content, "metadata": dict(hit.metadata)}
    return {
        "segment": segment,
        "child_chunks": [_child(each) for each in hit.children],
        "score": hit.score,
        "tsne_position": None,
        "files": [],
        "summary": None,
    } | ({} if chunk is not None else outside)


def _document(hit: Hit, chunk: Chunk | None) -> dict[str, Any]:
    return {
        "id": str(hit.document_id),
        "data_source_type": "upload_file",
        "name": hit.document_name,
        "doc_type": None,
        "doc_metadata": named_values(chunk.document) if chunk is not None else dict(hit.metadata),
    }


def _foreign(hit: Hit) -> dict[str, Any]:
    return {
        "id": str(hit.chunk_id),
        "position": hit.place.position + 1,
        "document_id": str(hit.document_id),
        "answer": None,
        "word_count": len(hit.content),
        "tokens": estimate_tokens(hit.content),
        "keywords": [],
        "enabled": True,
        "status": "completed",
    }


def _child(child: Child) -> dict[str, Any]:
    return {
        "id": str(child.place.chunk_id),
        "content": child.content,
        "position": child.place.position + 1,
        "score": child.score,
    }


retrieve_view = endpoint(opened_by=workspace_by_key, POST=retrieve)
