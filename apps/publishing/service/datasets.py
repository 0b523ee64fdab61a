"""/v1/datasets with a dataset key: fill a dataset and search it, in the shapes of Dify's knowledge API."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from apps.accounts.services import Actor
from apps.knowledge import selectors, services
from apps.knowledge.models import Dataset, Document, Stage
from apps.knowledge.retrieval import MAX_TOP_K, Hit
from apps.knowledge.services import Parts, Upload
from apps.publishing.callers import workspace_by_key
from apps.publishing.errors import InvalidParam
from apps.publishing.service.chat import check_uuid
from apps.publishing.service.http import endpoint, object_field, query_int, read_json, text_field
from weft.db.aio import call_db
from weft.http.errors import WeftError
from workflows.errors import RetrievalError
from workflows.ports import RetrievalRequest

STATUS = {
    Stage.QUEUED: "waiting",
    Stage.PARSING: "parsing",
    Stage.CHUNKING: "splitting",
    Stage.EMBEDDING: "indexing",
    Stage.INDEXING: "indexing",
    Stage.READY: "completed",
    Stage.FAILED: "error",
    Stage.CANCELLED: "paused",
}


def _uuid(text: str) -> UUID:
    return UUID(check_uuid(text, "dataset_id"))


async def list_datasets(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    page = query_int(request, "page", default=1, low=1, high=99_999)
    limit = min(query_int(request, "limit", default=20, low=1, high=10_000), 100)
    return JsonResponse(await call_db(_datasets, actor, page, limit))


def _datasets(actor: Actor, page: int, limit: int) -> dict[str, Any]:
    rows = selectors.datasets_of(actor).order_by("-created_at", "id")
    first = (page - 1) * limit
    data = [_dataset(row) for row in rows[first : first + limit]]
    total = rows.count()
    return {"data": data, "has_more": first + limit < total, "limit": limit, "total": total, "page": page}


def _dataset(row: Dataset) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "description": row.description,
        "provider": "vendor",
        "permission": "all_team_members",
        "data_source_type": "upload_file",
        "indexing_technique": "high_quality",
        "document_count": row.documents.count(),
        "embedding_model": row.embedding_model,
        "embedding_model_provider": row.embedding_provider,
        "created_at": int(row.created_at.timestamp()),
        "updated_at": int(row.updated_at.timestamp()),
    }


async def create_dataset(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    body = read_json(request)
    name = text_field(body, "name", required=True)
    return JsonResponse(await call_db(_create_dataset, actor, name, text_field(body, "description")))


def _create_dataset(actor: Actor, name: str, description: str) -> dict[str, Any]:
    try:
        return _dataset(services.create_dataset(actor, name=name, description=description))
    except WeftError as error:
        if error.code != "name_taken":
            raise
        message = "The dataset name already exists. Please modify your dataset name."
        raise WeftError("dataset_name_duplicate", message, 409) from error


async def list_documents(request: HttpRequest, actor: Actor, dataset_id: str) -> HttpResponseBase:
    page = query_int(request, "page", default=1, low=1, high=99_999)
    limit = min(query_int(request, "limit", default=20, low=1, high=10_000), 100)
    return JsonResponse(await call_db(_documents, actor, _uuid(dataset_id), page, limit))


def _documents(actor: Actor, dataset_id: UUID, page: int, limit: int) -> dict[str, Any]:
    rows = selectors.documents_of(selectors.dataset_by_id(actor, dataset_id)).order_by("-created_at", "id")
    first = (page - 1) * limit
    total = rows.count()
    data = [_document(row) for row in rows[first : first + limit]]
    return {"data": data, "has_more": first + limit < total, "limit": limit, "total": total, "page": page}


def _document(row: Document) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "position": 1,
        "data_source_type": "upload_file",
        "name": row.name,
        "created_from": "api",
        "created_at": int(row.created_at.timestamp()),
        "indexing_status": STATUS[Stage(row.stage)],
        "error": row.error_message or None,
        "enabled": True,
        "archived": False,
        "display_status": "available" if row.stage == Stage.READY else STATUS[Stage(row.stage)],
        "word_count": row.size_bytes,
        "hit_count": 0,
        "doc_form": "text_model",
    }


async def create_by_text(request: HttpRequest, actor: Actor, dataset_id: str) -> HttpResponseBase:
    body = read_json(request)
    name, text = text_field(body, "name", required=True), text_field(body, "text", required=True)
    return _created(await call_db(services.add_text_document, actor, _uuid(dataset_id), name=name, text=text))


async def create_by_file(request: HttpRequest, actor: Actor, dataset_id: str) -> HttpResponseBase:
    return _created(await call_db(_add_file, request, actor, _uuid(dataset_id)))


def _add_file(request: HttpRequest, actor: Actor, dataset_id: UUID) -> Document:
    try:
        json.loads(request.POST.get("data") or "{}")
    except ValueError as error:
        raise InvalidParam("The form field data must be JSON.", field="data") from error
    file = request.FILES.get("file")
    if file is None:
        raise WeftError("no_file_uploaded", "Please upload your file in the form field `file`.", 400)
    (document,) = services.add_documents(actor, dataset_id, [Upload(file.name or "", Parts(file.chunks))])
    return document


def _created(document: Document) -> HttpResponseBase:
    return JsonResponse({"document": _document(document), "batch": str(document.pk)})


async def indexing_status(request: HttpRequest, actor: Actor, dataset_id: str, batch: str) -> HttpResponseBase:
    return JsonResponse(await call_db(_indexing_status, actor, UUID(check_uuid(batch, "batch"))))


def _indexing_status(actor: Actor, document_id: UUID) -> dict[str, Any]:
    row = selectors.document_by_id(actor, document_id)
    status = {
        "id": str(row.pk),
        "indexing_status": STATUS[Stage(row.stage)],
        "error": row.error_message or None,
        "completed_segments": row.done,
        "total_segments": row.total,
    }
    return {"data": [status]}


async def retrieve(request: HttpRequest, actor: Actor, dataset_id: str) -> HttpResponseBase:
    body = read_json(request)
    model = object_field(body, "retrieval_model")
    query = text_field(body, "query", required=True)
    threshold = _number(model, "score_threshold", default=0.0) if model.get("score_threshold_enabled") else None
    asked = RetrievalRequest(
        query=query,
        dataset_ids=[str(_uuid(dataset_id))],
        top_k=int(min(_number(model, "top_k", default=4), MAX_TOP_K)),
        score_threshold=threshold,
    )
    try:
        hits = await services.retrieve_async(actor.workspace_id, asked)
    except RetrievalError as error:
        raise WeftError(error.code, error.message, 404 if error.code == "dataset_not_found" else 503) from error
    records = [_record(hit) for hit in hits]
    return JsonResponse({"query": {"content": query}, "records": records}, json_dumps_params={"ensure_ascii": False})


def _number(model: dict[str, Any], name: str, *, default: float) -> float:
    value = model.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidParam(f"retrieval_model.{name} must be a number.", field=name)
    return float(value)


def _record(hit: Hit) -> dict[str, Any]:
    segment = {
        "id": str(hit.chunk_id),
        "position": hit.position,
        "document_id": str(hit.document_id),
        "content": hit.content,
        "word_count": len(hit.content),
        "status": "completed",
        "document": {"id": str(hit.document_id), "name": hit.document_name, "data_source_type": "upload_file"},
    }
    return {"segment": segment, "score": hit.score}


datasets_view = endpoint(opened_by=workspace_by_key, GET=list_datasets, POST=create_dataset)
documents_view = endpoint(opened_by=workspace_by_key, GET=list_documents)
create_by_text_view = endpoint(opened_by=workspace_by_key, POST=create_by_text)
create_by_file_view = endpoint(opened_by=workspace_by_key, POST=create_by_file)
indexing_status_view = endpoint(opened_by=workspace_by_key, GET=indexing_status)
retrieve_view = endpoint(opened_by=workspace_by_key, POST=retrieve)
