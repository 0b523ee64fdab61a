"""Documents of a dataset: listed, shown, deleted; how far their indexing is. What is in them comes by `contents`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest

from apps.accounts.services import Actor
from apps.knowledge import services
from apps.publishing.errors import NotFound
from apps.publishing.service.knowledge.contents import changeable, update_by_file
from apps.publishing.service.knowledge.frame import choice_field, knowledge_view, open_dataset, open_document, paged
from apps.publishing.service.knowledge.shapes.document import (
    DISPLAY_STATUS,
    detail_shape,
    document_shapes,
    progress_shape,
)
from weft.http.errors import WeftError

METADATA = ("all", "only", "without")


def list_documents(request: HttpRequest, actor: Actor, dataset_id: str) -> dict[str, Any]:
    dataset = open_dataset(actor, dataset_id)
    rows = dataset.documents.select_related("created_by", "dataset")
    if keyword := request.GET.get("keyword", ""):
        rows = rows.filter(name__icontains=keyword)
    if status := choice_field(request.GET.dict(), "status", tuple(DISPLAY_STATUS)):
        rows = rows.filter(DISPLAY_STATUS[status])
    return paged(request, rows.order_by("-created_at", "-id"), document_shapes)


def get_document(request: HttpRequest, actor: Actor, dataset_id: str, document_id: str) -> dict[str, Any]:
    wanted = request.GET.get("metadata") or "all"
    if wanted not in METADATA:
        message = f"Invalid metadata value: {wanted}. It is one of {', '.join(METADATA)}."
        raise WeftError("invalid_metadata", message, 400, field="metadata")
    detail = detail_shape(open_document(actor, dataset_id, document_id))
    about = ("doc_type", "doc_metadata")
    if wanted == "only":
        return {name: detail[name] for name in ("id", *about)}
    return detail if wanted == "all" else {name: value for name, value in detail.items() if name not in about}


def delete_document(request: HttpRequest, actor: Actor, dataset_id: str, document_id: str) -> None:
    """Also while it is being indexed: the work ends."""
    document = changeable(open_document(actor, dataset_id, document_id))
    services.delete_document(actor, document.pk)


def indexing_status(request: HttpRequest, actor: Actor, dataset_id: str, batch: str) -> dict[str, Any]:
    rows = open_dataset(actor, dataset_id).documents.filter(_in_batch(batch)).order_by("created_at", "id")
    data = [progress_shape(row) for row in rows]
    if not data:
        raise NotFound("Documents")
    return {"data": data}


def _in_batch(batch: str) -> Q:
    """The documents of one request. One that came before batches were kept is a batch by its id."""
    try:
        return Q(batch=batch) | Q(batch="", pk=UUID(batch))
    except ValueError:
        return Q(batch=batch)


documents_view = knowledge_view(GET=list_documents)
document_view = knowledge_view(GET=get_document, PATCH=update_by_file, DELETE=delete_document)
indexing_status_view = knowledge_view(GET=indexing_status)
