"""Segments of a document: added, listed, shown, changed, deleted."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from apps.accounts.services import Actor
from apps.knowledge import services
from apps.knowledge.models import Chunk, ChunkKind, Document, Stage
from apps.knowledge.services import NewChunk
from apps.knowledge.services.children import regenerate_children
from apps.publishing.errors import InvalidParam
from apps.publishing.service.http import list_field, object_field, read_json, text_field
from apps.publishing.service.knowledge import rules
from apps.publishing.service.knowledge.frame import (
    flag_field,
    knowledge_view,
    open_document,
    open_segment,
    paged,
)
from apps.publishing.service.knowledge.shapes.people import owner_id
from apps.publishing.service.knowledge.shapes.segment import segment_shapes
from weft.http.errors import WeftError

# Dify's states of a segment. Ours are there or on their way: one that failed is its document's failure.
_DONE = Q(is_indexed=True) | Q(kind=ChunkKind.PARENT)
STATUS = {"completed": _DONE, "indexing": ~_DONE, "waiting": Q(pk=None), "error": Q(pk=None), "re_segment": Q(pk=None)}


def list_segments(request: HttpRequest, actor: Actor, dataset_id: str, document_id: str) -> dict[str, Any]:
    document = open_document(actor, dataset_id, document_id)
    rows = document.chunks.exclude(kind=ChunkKind.CHILD)
    if keyword := request.GET.get("keyword", ""):
        rows = rows.filter(Q(content__icontains=keyword) | Q(answer__icontains=keyword))
    if wanted := [each for each in request.GET.getlist("status") if each]:
        rows = rows.filter(_in_status(wanted))
    owner = owner_id(actor.workspace_id)
    page = paged(request, rows.order_by("position", "id"), lambda found: segment_shapes(found, owner))
    return page | {"doc_form": form_of(document)}


def add_segments(request: HttpRequest, actor: Actor, dataset_id: str, document_id: str) -> dict[str, Any]:
    given = list_field(read_json(request), "segments")
    document = open_document(actor, dataset_id, document_id)
    if document.stage != Stage.READY:
        raise WeftError("not_found", "Document is not completed.", 404)
    if not document.is_enabled:
        raise WeftError("not_found", "Document is disabled.", 404)
    if not given:
        raise InvalidParam("Segments is required.", field="segments")
    chunks = services.add_chunks(actor, document.pk, [_new(each) for each in given])
    return _answer(document, chunks, many=True)


def get_segment(
    request: HttpRequest, actor: Actor, dataset_id: str, document_id: str, segment_id: str
) -> dict[str, Any]:
    document = open_document(actor, dataset_id, document_id)
    return _answer(document, [open_segment(document, segment_id)])


def update_segment(
    request: HttpRequest, actor: Actor, dataset_id: str, document_id: str, segment_id: str
) -> dict[str, Any]:
    """What is named changes. The children of a parent stay, unless `regenerate_child_chunks` cuts them anew."""
    given = object_field(read_json(request), "segment")
    document = open_document(actor, dataset_id, document_id)
    segment = open_segment(document, segment_id)
    regenerate = flag_field(given, "regenerate_child_chunks")
    changed = services.update_chunk(
        actor,
        segment.pk,
        content=text_field(given, "content") or None,
        answer=text_field(given, "answer") or None,
        keywords=_keywords(given) if given.get("keywords") is not None else None,
        is_enabled=flag_field(given, "enabled"),
    )
    if regenerate and segment.kind == ChunkKind.PARENT:
        regenerate_children(actor, segment.pk)
    return _answer(document, [changed])


def delete_segment(request: HttpRequest, actor: Actor, dataset_id: str, document_id: str, segment_id: str) -> None:
    document = open_document(actor, dataset_id, document_id)
    services.delete_chunks(actor, document.pk, [open_segment(document, segment_id).pk])


def form_of(document: Document) -> str:
    own = document.processing
    return rules.doc_form_of(document.dataset.processing if own is None else own)


def _answer(document: Document, chunks: list[Chunk], *, many: bool = False) -> dict[str, Any]:
    data = segment_shapes(chunks, owner_id(document.dataset.workspace_id))
    return {"data": data if many else data[0], "doc_form": form_of(document)}


def _new(given: Any) -> NewChunk:
    if not isinstance(given, dict):
        raise InvalidParam("Each of segments must be an object.", field="segments")
    content = text_field(given, "content", required=True)
    return NewChunk(content, text_field(given, "answer"), _keywords(given))


def _keywords(given: dict[str, Any]) -> list[str]:
    words = list_field(given, "keywords")
    if not all(isinstance(word, str) for word in words):
        raise InvalidParam("Arg keywords must be an array of strings.", field="keywords")
    return words


def _in_status(wanted: list[str]) -> Q:
    found = Q(pk=None)
    for each in wanted:
        if each not in STATUS:
            raise InvalidParam(f"status must be one of {', '.join(STATUS)}.", field="status")
        found |= STATUS[each]
    return found


segments_view = knowledge_view(GET=list_segments, POST=add_segments)
segment_view = knowledge_view(GET=get_segment, POST=update_segment, DELETE=delete_segment)
