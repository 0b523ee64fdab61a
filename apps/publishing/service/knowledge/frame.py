"""The frame of the knowledge endpoints: handlers in a database thread, ids, pages, and what a dataset key may open.

A handler takes (request, actor, **ids of the path) and gives a JSON value, a response, or None for 204.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from apps.accounts.services import Actor
from apps.knowledge import selectors
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document
from apps.publishing.callers import workspace_by_key
from apps.publishing.errors import InvalidParam, NotFound
from apps.publishing.service.http import View, endpoint, query_int
from weft.db.aio import call_db
from weft.http.errors import WeftError

M = TypeVar("M", bound=Model)
Handler = Callable[..., Any]

MAX_LIMIT = 100
_TRUE, _FALSE = ("true", "1"), ("false", "0")


def knowledge_view(**by_method: Handler) -> View:
    """A view for the bearer of a dataset key, whose handlers may use the database freely."""
    return endpoint(opened_by=workspace_by_key, **{method: _in_thread(each) for method, each in by_method.items()})


def _in_thread(handler: Handler) -> Callable[..., Any]:
    async def answer(request: HttpRequest, actor: Actor, **path: Any) -> HttpResponseBase:
        return as_response(await call_db(handler, request, actor, **path))

    return answer


def as_response(value: Any, status: int = 200) -> HttpResponseBase:
    if isinstance(value, HttpResponseBase):
        return value
    if value is None:
        return HttpResponse(status=204)
    return JsonResponse(value, status=status, safe=False, json_dumps_params={"ensure_ascii": False})


def open_dataset(actor: Actor, dataset_id: str) -> Dataset:
    """The dataset, when its switch lets keys in. Raises 404, or 403 when it does not."""
    dataset = selectors.dataset_by_id(actor, path_id(dataset_id, "Dataset"))
    if not dataset.api_enabled:
        raise WeftError("forbidden", "Dataset api access is not enabled.", 403)
    return dataset


def open_document(actor: Actor, dataset_id: str, document_id: str) -> Document:
    dataset = open_dataset(actor, dataset_id)
    document = dataset.documents.filter(pk=path_id(document_id, "Document")).first()
    if document is None:
        raise NotFound("Document")
    document.dataset = dataset
    return document


def open_segment(document: Document, segment_id: str) -> Chunk:
    found = document.chunks.exclude(kind=ChunkKind.CHILD).filter(pk=path_id(segment_id, "Segment")).first()
    if found is None:
        raise NotFound("Segment")
    found.document = document
    return found


def path_id(text: str, thing: str) -> UUID:
    """An id of the path. One that is no UUID names nothing."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(thing) from error


def body_id(value: Any, name: str) -> UUID:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidParam(f"{name} must be a UUID.", field=name) from error


def body_ids(value: Any, name: str, *, most: int = MAX_LIMIT) -> list[UUID]:
    if not isinstance(value, list) or not value:
        raise InvalidParam(f"Arg {name} must be an array of ids.", field=name)
    if len(value) > most:
        raise InvalidParam(f"{name} takes at most {most} ids at once.", field=name)
    return list(dict.fromkeys(body_id(each, name) for each in value))


def query_flag(request: HttpRequest, name: str) -> bool:
    """A truth of the query string as Python, JavaScript and people write it; blank is false."""
    text = request.GET.get(name, "").lower()
    if text not in ("", *_TRUE, *_FALSE):
        raise InvalidParam(f"{name} must be true or false.", field=name)
    return text in _TRUE


def flag_field(body: dict[str, Any], name: str) -> bool | None:
    value = body.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise InvalidParam(f"Arg {name} must be true or false.", field=name)


def choice_field(body: dict[str, Any], name: str, choices: Sequence[str]) -> str | None:
    """One of `choices`; None where it is absent, null or blank."""
    value = body.get(name)
    if value is None or value == "":
        return None
    if value not in choices:
        raise InvalidParam(f"{name} must be one of {', '.join(choices)}.", field=name)
    return str(value)


def paged(request: HttpRequest, rows: QuerySet[M], shapes: Callable[[list[M]], list[dict[str, Any]]]) -> dict[str, Any]:
    """`page` and `limit` in the wrapper of Dify; a limit above the cap is cut to it."""
    page, limit = page_of(request)
    first = (page - 1) * limit
    total = rows.count()
    data = shapes(list(rows[first : first + limit]))
    return {"data": data, "has_more": first + limit < total, "limit": limit, "total": total, "page": page}


def page_of(request: HttpRequest) -> tuple[int, int]:
    page = query_int(request, "page", default=1, low=1, high=99_999)
    return page, min(query_int(request, "limit", default=20, low=1, high=1_000_000), MAX_LIMIT)
