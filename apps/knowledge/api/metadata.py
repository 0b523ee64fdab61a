"""Metadata fields and their values, tags, and who sees a dataset, over HTTP. Translates; decides nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.knowledge import access, fields, selectors, tags
from apps.knowledge.api import metadata_serializers as shapes
from apps.knowledge.api.input import valid
from apps.knowledge.fields import Change
from apps.knowledge.models import MetadataType, Permission
from apps.knowledge.shapes import document_shape


class FieldsView(APIView):
    def get(self, request: Request, dataset_id: UUID) -> Response:
        actor = actor_of(request)
        dataset = selectors.dataset_by_id(actor, dataset_id)
        items = [shapes.field_out(each.row, each.document_count) for each in fields.fields_of(actor, dataset_id)]
        return Response({"items": items, "built_in": shapes.BUILT_IN, "built_in_enabled": dataset.built_in_metadata})

    def post(self, request: Request, dataset_id: UUID) -> Response:
        data = valid(shapes.FieldIn, request)
        type_ = MetadataType(data.pop("type"))
        return Response(shapes.field_out(fields.create_field(actor_of(request), dataset_id, type_=type_, **data)), 201)


class FieldView(APIView):
    def patch(self, request: Request, dataset_id: UUID, field_id: UUID) -> Response:
        data = valid(shapes.FieldChangeIn, request)
        return Response(shapes.field_out(fields.update_field(actor_of(request), dataset_id, field_id, **data)))

    def delete(self, request: Request, dataset_id: UUID, field_id: UUID) -> Response:
        fields.delete_field(actor_of(request), dataset_id, field_id)
        return Response(status=204)


class FieldValuesView(APIView):
    def get(self, request: Request, dataset_id: UUID, field_id: UUID) -> Response:
        counts = fields.value_counts(actor_of(request), dataset_id, field_id)
        return Response({"items": [{"value": value, "document_count": count} for value, count in counts]})


class BuiltInView(APIView):
    def put(self, request: Request, dataset_id: UUID) -> Response:
        enabled = valid(shapes.EnabledIn, request)["enabled"]
        return Response(
            {"built_in_enabled": fields.set_built_in(actor_of(request), dataset_id, enabled=enabled).built_in_metadata}
        )


class ValuesView(APIView):
    def post(self, request: Request, dataset_id: UUID) -> Response:
        given = valid(shapes.ValuesIn, request)["documents"]
        changes = [Change(each["id"], each["values"], each["replace"]) for each in given]
        documents = fields.set_values(actor_of(request), dataset_id, changes)
        return Response({"items": [document_shape(each) for each in documents]})


class TagsView(APIView):
    def get(self, request: Request) -> Response:
        return Response({"items": [shapes.tag_out(each) for each in tags.tags_of(actor_of(request))]})

    def post(self, request: Request) -> Response:
        return Response(shapes.tag_out(tags.create_tag(actor_of(request), valid(shapes.TagIn, request)["name"])), 201)


class TagView(APIView):
    def patch(self, request: Request, tag_id: UUID) -> Response:
        name = valid(shapes.TagIn, request)["name"]
        return Response(shapes.tag_out(tags.rename_tag(actor_of(request), tag_id, name)))

    def delete(self, request: Request, tag_id: UUID) -> Response:
        tags.delete_tag(actor_of(request), tag_id)
        return Response(status=204)


class DatasetTagsView(APIView):
    def get(self, request: Request, dataset_id: UUID) -> Response:
        return _tags(tags.tags_of_dataset(actor_of(request), dataset_id))

    def put(self, request: Request, dataset_id: UUID) -> Response:
        ids = valid(shapes.TagIdsIn, request)["ids"]
        return _tags(tags.set_tags(actor_of(request), dataset_id, ids))


class AccessView(APIView):
    def get(self, request: Request, dataset_id: UUID) -> Response:
        return Response(shapes.access_out(access.access_of(actor_of(request), dataset_id)))

    def put(self, request: Request, dataset_id: UUID) -> Response:
        data = valid(shapes.AccessIn, request)
        found = access.set_access(actor_of(request), dataset_id, Permission(data["permission"]), data.get("members"))
        return Response(shapes.access_out(found))


def _tags(rows: Any) -> Response:
    return Response({"items": [shapes.tag_out(each) for each in rows]})
