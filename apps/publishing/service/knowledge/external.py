"""POST /v1/external/retrieval: a dataset of ours as the external knowledge of a Dify (or a Weft) elsewhere.

There the endpoint is `{host}/v1/external`, the key a dataset key, and the knowledge's id a dataset's id. Errors have
the shape and the codes of that contract, not those of the rest of /v1; a call without a question, with which a peer
tries the connection, is a bad request and nothing worse.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.accounts.services import Actor
from apps.knowledge.search.found import Hit, Request
from apps.publishing.callers import bearer_of, workspace_by_key
from apps.publishing.errors import MethodNotAllowed, Unauthorized
from apps.publishing.service.http import known, object_field, read_json, refusal, text_field, with_cors
from apps.publishing.service.knowledge import retrieval_model
from apps.publishing.service.knowledge.frame import as_response, open_dataset
from apps.publishing.service.knowledge.retrieve import searched
from weft.db.aio import call_db
from weft.http.errors import WeftError

HEADER_WRONG, KEY_WRONG, KNOWLEDGE_MISSING = 1001, 1002, 2001
_EXPECTED = "Invalid Authorization header format. Expected 'Bearer <api-key>' format."


class Refused(WeftError):
    """A caller whom the contract has a number for."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__("forbidden", message, 403)
        self.number = number


async def answer(request: HttpRequest) -> HttpResponseBase:
    try:
        if request.method != "POST":
            raise MethodNotAllowed(request.method or "")
        actor = await _caller(request)
        return await _retrieve(request, actor)
    except Exception as error:
        return refusal(known(error, request), dialect)


def dialect(error: WeftError) -> dict[str, Any]:
    """`error_code` is one of the contract's where it has one, else the HTTP status."""
    if isinstance(error, Refused):
        return {"error_code": error.number, "error_msg": error.message}
    return {"error_code": KNOWLEDGE_MISSING if error.status == 404 else error.status, "error_msg": error.message}


async def _caller(request: HttpRequest) -> Actor:
    try:
        key = bearer_of(request.headers.get("Authorization", ""))
    except Unauthorized as error:
        raise Refused(HEADER_WRONG, _EXPECTED) from error
    try:
        return await call_db(workspace_by_key, key)
    except Unauthorized as error:
        raise Refused(KEY_WRONG, "Authorization failed") from error


async def _retrieve(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    body = read_json(request)
    knowledge_id = text_field(body, "knowledge_id", required=True)
    query = text_field(body, "query", required=True)
    setting = object_field(body, "retrieval_setting")
    settings = retrieval_model.settings_of(
        {
            "top_k": setting.get("top_k"),
            "score_threshold_enabled": bool(setting.get("score_threshold")),
            "score_threshold": setting.get("score_threshold"),
        }
    )
    conditions = retrieval_model.filter_of(object_field(body, "metadata_condition"))
    dataset = await call_db(open_dataset, actor, knowledge_id)
    asked = Request(query=query, dataset_ids=[str(dataset.pk)], settings=settings, filter=conditions, origin="api")
    found = await searched(actor, dataset, asked)
    return as_response({"records": [_record(hit) for hit in found.hits]})


def _record(hit: Hit) -> dict[str, Any]:
    metadata = {
        **hit.metadata,
        "dataset_id": str(hit.dataset_id),
        "document_id": str(hit.document_id),
        "segment_id": str(hit.chunk_id),
        "page": hit.place.page,
        "headings": list(hit.place.headings),
    }
    return {"content": hit.text, "score": hit.score, "title": hit.document_name, "metadata": metadata}


retrieval_view = with_cors(answer)
