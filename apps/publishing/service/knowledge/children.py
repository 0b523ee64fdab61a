"""Child chunks of a segment: the small passages by which it is found."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from apps.accounts.services import Actor
from apps.knowledge import services
from apps.knowledge.models import Chunk, ChunkKind
from apps.publishing.errors import InvalidParam, NotFound
from apps.publishing.service.http import read_json, text_field
from apps.publishing.service.knowledge.frame import knowledge_view, open_document, open_segment, page_of, path_id
from apps.publishing.service.knowledge.shapes.segment import child_shape, child_shapes


def list_children(
    request: HttpRequest, actor: Actor, dataset_id: str, document_id: str, segment_id: str
) -> dict[str, Any]:
    segment = open_segment(open_document(actor, dataset_id, document_id), segment_id)
    page, limit = page_of(request)
    keyword = request.GET.get("keyword", "").lower()
    # numbered before they are searched, so that a child keeps its number
    children = [each for each in _children(segment) if keyword in each["content"].lower()]
    first, total = (page - 1) * limit, len(children)
    return {
        "data": children[first : first + limit],
        "total": total,
        "total_pages": -(-total // limit),
        "page": page,
        "limit": limit,
    }


def add_child(request: HttpRequest, actor: Actor, dataset_id: str, document_id: str, segment_id: str) -> dict[str, Any]:
    content = text_field(read_json(request), "content", required=True)
    segment = open_segment(open_document(actor, dataset_id, document_id), segment_id)
    if segment.kind != ChunkKind.PARENT:
        message = "Only segments of a document in hierarchical mode have child chunks."
        raise InvalidParam(message, field="segment_id")
    return _answer(segment, services.add_child(actor, segment.pk, content))


def update_child(
    request: HttpRequest, actor: Actor, dataset_id: str, document_id: str, segment_id: str, child_id: str
) -> dict[str, Any]:
    content = text_field(read_json(request), "content", required=True)
    segment = open_segment(open_document(actor, dataset_id, document_id), segment_id)
    return _answer(segment, services.update_child(actor, _child(segment, child_id).pk, content))


def delete_child(
    request: HttpRequest, actor: Actor, dataset_id: str, document_id: str, segment_id: str, child_id: str
) -> None:
    segment = open_segment(open_document(actor, dataset_id, document_id), segment_id)
    services.delete_child(actor, _child(segment, child_id).pk)


def _child(segment: Chunk, child_id: str) -> Chunk:
    found = segment.children.filter(pk=path_id(child_id, "Child chunk")).first()
    if found is None:
        raise NotFound("Child chunk")
    return found


def _children(segment: Chunk) -> list[dict[str, Any]]:
    return child_shapes(list(segment.children.order_by("position", "id")))


def _answer(segment: Chunk, child: Chunk) -> dict[str, Any]:
    before = segment.children.filter(position__lt=child.position).count()
    return {"data": child_shape(child, before + 1)}


children_view = knowledge_view(GET=list_children, POST=add_child)
child_view = knowledge_view(PATCH=update_child, DELETE=delete_child)
