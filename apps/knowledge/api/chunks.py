"""Chunks over HTTP. Translates; decides nothing.

A chunk, as `shapes.chunk_shape` makes it:
{id, document_id, kind: passage|parent|child|pair, parent_id, position, content, answer, keywords, headings, page,
 boxes: [{page, x0, y0, x1, y1}] as shares of the page, start, end: its place in the document's text or null,
 is_enabled, is_edited, is_indexed: found by its vector, too, hit_count, child_count: of a parent, created_at,
 updated_at}
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.knowledge import selectors, services
from apps.knowledge.api.input import IdsIn, valid
from apps.knowledge.models import ChunkKind
from apps.knowledge.shapes import chunk_shape
from weft.http.pagination import paginate


class NewChunkIn(serializers.Serializer[Any]):
    content = serializers.CharField()
    answer = serializers.CharField(required=False, allow_blank=True)
    keywords = serializers.ListField(child=serializers.CharField(), required=False)


class NewChunksIn(serializers.Serializer[Any]):
    items = NewChunkIn(many=True, allow_empty=False)


class ChunkIn(serializers.Serializer[Any]):
    """What is given is changed."""

    content = serializers.CharField(required=False)
    answer = serializers.CharField(required=False, allow_blank=True)
    keywords = serializers.ListField(child=serializers.CharField(), required=False)
    is_enabled = serializers.BooleanField(required=False)


class ChildIn(serializers.Serializer[Any]):
    content = serializers.CharField()


class ChunksView(APIView):
    """Children are listed with their parent, and not among the document's chunks."""

    @extend_schema(
        operation_id="list_chunks",
        parameters=[
            OpenApiParameter("q", str, description="part of the text"),
            OpenApiParameter("enabled", bool),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, document_id: UUID) -> Response:
        document = selectors.document_by_id(actor_of(request), document_id)
        rows = selectors.chunks_of(document).exclude(kind=ChunkKind.CHILD)
        if text := request.query_params.get("q"):
            rows = selectors.with_text(rows, text)
        if (enabled := request.query_params.get("enabled")) is not None:
            rows = rows.filter(is_enabled=enabled == "true")
        return Response(paginate(rows, request.query_params, order=("position", "id")).render(chunk_shape))

    @extend_schema(operation_id="add_chunks", request=NewChunksIn, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, document_id: UUID) -> Response:
        new = [services.NewChunk(**each) for each in valid(NewChunksIn, request)["items"]]
        chunks = services.add_chunks(actor_of(request), document_id, new)
        return Response({"items": [chunk_shape(each) for each in chunks]}, status=201)


class ChunksActionView(APIView):
    """POST documents/<id>/chunks/<action> {ids}."""

    ACTIONS = ("enable", "disable", "delete")

    @extend_schema(
        operation_id="steer_chunks",
        request=IdsIn,
        parameters=[OpenApiParameter("action", str, OpenApiParameter.PATH, enum=list(ACTIONS))],
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request, document_id: UUID, action: str) -> Response:
        actor, ids = actor_of(request), valid(IdsIn, request)["ids"]
        if action == "delete":
            services.delete_chunks(actor, document_id, ids)
            return Response({"items": []})
        chunks = services.set_chunks_enabled(actor, document_id, ids, action == "enable")
        return Response({"items": [chunk_shape(each) for each in chunks]})


class ChunkView(APIView):
    @extend_schema(operation_id="get_chunk", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, chunk_id: UUID) -> Response:
        return Response(chunk_shape(selectors.chunk_by_id(actor_of(request), chunk_id)))

    @extend_schema(operation_id="update_chunk", request=ChunkIn, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Request, chunk_id: UUID) -> Response:
        services.update_chunk(actor_of(request), chunk_id, **valid(ChunkIn, request))
        return Response(chunk_shape(selectors.chunk_by_id(actor_of(request), chunk_id)))

    @extend_schema(operation_id="delete_chunk", responses={204: None})
    def delete(self, request: Request, chunk_id: UUID) -> Response:
        actor = actor_of(request)
        services.delete_chunks(actor, selectors.chunk_by_id(actor, chunk_id).document_id, [chunk_id])
        return Response(status=204)


class ChildrenView(APIView):
    """The children of a parent, by which it is found. One is changed and deleted as any chunk is."""

    @extend_schema(operation_id="list_child_chunks", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, chunk_id: UUID) -> Response:
        parent = selectors.chunk_by_id(actor_of(request), chunk_id)
        page = paginate(selectors.children_of(parent), request.query_params, order=("position", "id"))
        return Response(page.render(chunk_shape))

    @extend_schema(operation_id="add_child_chunk", request=ChildIn, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, chunk_id: UUID) -> Response:
        child = services.add_child(actor_of(request), chunk_id, valid(ChildIn, request)["content"])
        return Response(chunk_shape(child), status=201)
