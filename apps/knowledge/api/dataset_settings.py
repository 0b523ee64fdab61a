"""A dataset's settings as its page shows them, and which files documents are made from. Translates; decides nothing.

Settings: {processing: every setting of `processing.Processing`, vector_store, api_enabled, embedding: {provider,
 model}, outdated: documents made with other settings than these, people: [{id, name, email}] of the workspace, to
 choose from who sees the dataset}. Another embedding model or vector store is a move: see `moves`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.accounts.services import actor_of
from apps.knowledge import dataset_settings, parser_process, processing, selectors
from apps.knowledge.api.input import valid
from apps.knowledge.models import Dataset
from apps.knowledge.shapes import is_outdated


class SettingsIn(serializers.Serializer[Any]):
    """What is given is changed; `processing` goes over what is set."""

    processing = serializers.DictField(required=False)
    api_enabled = serializers.BooleanField(required=False)


class DatasetSettingsView(APIView):
    @extend_schema(operation_id="get_dataset_settings", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, dataset_id: UUID) -> Response:
        return Response(_shape(selectors.dataset_by_id(actor_of(request), dataset_id)))

    @extend_schema(operation_id="update_dataset_settings", request=SettingsIn, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Request, dataset_id: UUID) -> Response:
        actor, data = actor_of(request), valid(SettingsIn, request)
        changed = dataset_settings.change_settings(
            actor, dataset_id, process=data.get("processing"), api_enabled=data.get("api_enabled")
        )
        return Response(_shape(changed))


class FormatsView(APIView):
    @extend_schema(operation_id="list_document_formats", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        return Response({"extensions": sorted(parser_process.EXTENSIONS)})


def _shape(dataset: Dataset) -> dict[str, Any]:
    documents = selectors.documents_of(dataset).select_related("dataset")
    people = User.objects.filter(memberships__workspace_id=dataset.workspace_id).order_by("name", "id")
    return {
        "processing": processing.read(dataset.processing).model_dump(mode="json"),
        "vector_store": dataset.vector_store,
        "api_enabled": dataset.api_enabled,
        "embedding": {"provider": dataset.embedding_provider, "model": dataset.embedding_model},
        "outdated": sum(is_outdated(each) for each in documents.iterator()),
        "people": [{"id": str(each.id), "name": each.name, "email": each.email} for each in people],
    }
