"""Moving a dataset to another embedding model or vector store over HTTP. Translates; decides nothing.

A move: {dataset_id, state: none|waiting|moving|failed, to: {provider, model, vector_store} | null, done, total, eta_s:
 seconds or null before there is a pace, error: {code, message} | null, retry_at: when a failed one is tried again}.
 The dataset's topic tells it as {type: "move", move}. An estimate: {passages, seconds: null where vectors are copied}.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.knowledge import services
from apps.knowledge.api.input import valid
from apps.knowledge.models import VectorStore


class EmbeddingIn(serializers.Serializer[Any]):
    provider = serializers.CharField(max_length=60)
    model = serializers.CharField(max_length=200)


class MoveIn(serializers.Serializer[Any]):
    """What is not given stays as it is."""

    embedding = EmbeddingIn(required=False)
    vector_store = serializers.ChoiceField(VectorStore.choices, required=False)


class MoveView(APIView):
    @extend_schema(operation_id="get_move", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, dataset_id: UUID) -> Response:
        return Response(services.move_of(actor_of(request), dataset_id))

    @extend_schema(operation_id="start_move", request=MoveIn, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, dataset_id: UUID) -> Response:
        return Response(services.start_move(actor_of(request), dataset_id, **_aim(request)), status=202)

    @extend_schema(operation_id="stop_move", responses=OpenApiTypes.OBJECT)
    def delete(self, request: Request, dataset_id: UUID) -> Response:
        return Response(services.stop_move(actor_of(request), dataset_id))


class MoveEstimateView(APIView):
    @extend_schema(operation_id="estimate_move", request=MoveIn, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, dataset_id: UUID) -> Response:
        return Response(asdict(services.estimate_move(actor_of(request), dataset_id, **_aim(request))))


def _aim(request: Request) -> dict[str, Any]:
    data = valid(MoveIn, request)
    embedding = data.get("embedding")
    model = (embedding["provider"], embedding["model"]) if embedding else None
    return {"model": model, "store": data.get("vector_store")}
