"""External knowledge services over HTTP. Translates; decides nothing.

A service: {id, name, description, endpoint, has_key, dataset_count, created_at, updated_at}. The key is never shown.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.knowledge import external_services, selectors
from apps.knowledge.models import ExternalService
from weft.http.pagination import paginate


class ExternalServiceIn(serializers.Serializer[Any]):
    """`endpoint` is what Dify asks for: `/retrieval` is added to it. A blank `api_key` takes the key away."""

    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    endpoint = serializers.CharField(max_length=500)
    api_key = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class ExternalDatasetIn(serializers.Serializer[Any]):
    """`external_key` is the id under which the service knows the knowledge."""

    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    external_key = serializers.CharField(max_length=200)


def service_out(service: ExternalService, dataset_count: int) -> dict[str, Any]:
    return {
        "id": str(service.id),
        "name": service.name,
        "description": service.description,
        "endpoint": service.endpoint,
        "has_key": bool(service.api_key),
        "dataset_count": dataset_count,
        "created_at": service.created_at.isoformat(),
        "updated_at": service.updated_at.isoformat(),
    }


class ExternalServicesView(APIView):
    @extend_schema(operation_id="list_external_services", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        rows = external_services.services_of(actor_of(request).workspace_id)
        page = paginate(rows, request.query_params)
        counts = dict(rows.filter(id__in=[each.id for each in page.items]).values_list("id", Count("datasets")))
        return Response({"items": [service_out(each, counts[each.id]) for each in page.items], "next": page.next})

    @extend_schema(
        operation_id="create_external_service", request=ExternalServiceIn, responses={201: OpenApiTypes.OBJECT}
    )
    def post(self, request: Request) -> Response:
        service = external_services.create_service(actor_of(request), **_valid(ExternalServiceIn, request))
        return Response(service_out(service, 0), status=201)


class ExternalServiceView(APIView):
    @extend_schema(operation_id="get_external_service", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, service_id: UUID) -> Response:
        service = external_services.service_by_id(actor_of(request).workspace_id, service_id)
        return Response(service_out(service, service.datasets.count()))

    @extend_schema(operation_id="update_external_service", request=ExternalServiceIn, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Request, service_id: UUID) -> Response:
        changes = _valid(ExternalServiceIn, request, partial=True)
        service = external_services.update_service(actor_of(request), service_id, **changes)
        return Response(service_out(service, service.datasets.count()))

    @extend_schema(operation_id="delete_external_service", responses={204: None})
    def delete(self, request: Request, service_id: UUID) -> Response:
        external_services.delete_service(actor_of(request), service_id)
        return Response(status=204)


class ExternalServiceCheckView(APIView):
    @extend_schema(operation_id="check_external_service", request=None, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, service_id: UUID) -> Response:
        found = external_services.check_service(actor_of(request), service_id)
        error = None if found.ok else {"code": found.code, "message": found.message}
        return Response({"ok": found.ok, "elapsed_ms": found.elapsed_ms, "error": error})


class ExternalDatasetsView(APIView):
    @extend_schema(
        operation_id="create_external_dataset", request=ExternalDatasetIn, responses={201: OpenApiTypes.OBJECT}
    )
    def post(self, request: Request, service_id: UUID) -> Response:
        actor = actor_of(request)
        dataset = external_services.create_external_dataset(actor, service_id, **_valid(ExternalDatasetIn, request))
        return Response(selectors.dataset_shapes(actor.workspace_id, [dataset])[0], status=201)


def _valid(serializer: Any, request: Request, *, partial: bool = False) -> dict[str, Any]:
    checked = serializer(data=request.data, partial=partial)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)
