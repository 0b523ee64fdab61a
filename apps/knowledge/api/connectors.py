"""Connectors over HTTP. Translates; decides nothing.

A connector: {id, dataset_id, kind: folder|url, name, settings, every_s, is_enabled, next_at, looking, document_count,
 report: {at, added, changed, removed, unchanged, failed, failures: [{key, code, message}], error: {code, message} |
 null, goes_on: key | null} or {} before the first look, created_at, updated_at}
Settings of a folder: {path, recursive}; of url: {mode: pages|sitemap, urls, include, exclude, limit}.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.knowledge import selectors, services
from apps.knowledge.api.input import valid
from apps.knowledge.models import Connector
from weft.http.pagination import paginate


class ConnectorIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    settings = serializers.DictField()
    every_s = serializers.IntegerField(required=False, allow_null=True, max_value=10**8)


class NewConnectorIn(ConnectorIn):
    kind = serializers.CharField(max_length=40)


class ChangedConnectorIn(ConnectorIn):
    is_enabled = serializers.BooleanField(required=False)


def connector_out(connector: Connector) -> dict[str, Any]:
    expires = connector.lease_expires_at
    return {
        "id": str(connector.id),
        "dataset_id": str(connector.dataset_id),
        "kind": connector.kind,
        "name": connector.name,
        "settings": connector.settings,
        "every_s": connector.every_s,
        "is_enabled": connector.is_enabled,
        "next_at": connector.next_at and connector.next_at.isoformat(),
        "looking": expires is not None and expires > timezone.now(),
        "document_count": connector.documents.count(),
        "report": connector.report,
        "created_at": connector.created_at.isoformat(),
        "updated_at": connector.updated_at.isoformat(),
    }


class ConnectorsView(APIView):
    @extend_schema(operation_id="list_connectors", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = selectors.dataset_by_id(actor_of(request), dataset_id)
        return Response(paginate(dataset.connectors.all(), request.query_params).render(connector_out))

    @extend_schema(operation_id="create_connector", request=NewConnectorIn, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, dataset_id: UUID) -> Response:
        connector = services.create_connector(actor_of(request), dataset_id, **valid(NewConnectorIn, request))
        return Response(connector_out(connector), status=201)


class ConnectorView(APIView):
    @extend_schema(operation_id="get_connector", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, connector_id: UUID) -> Response:
        return Response(connector_out(selectors.connector_by_id(actor_of(request), connector_id)))

    @extend_schema(operation_id="update_connector", request=ChangedConnectorIn, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Request, connector_id: UUID) -> Response:
        data = valid(ChangedConnectorIn, request, partial=True)
        return Response(connector_out(services.update_connector(actor_of(request), connector_id, **data)))

    @extend_schema(
        operation_id="delete_connector",
        parameters=[OpenApiParameter("with_documents", bool, description="its documents go as well")],
        responses={204: None},
    )
    def delete(self, request: Request, connector_id: UUID) -> Response:
        with_documents = request.query_params.get("with_documents") == "true"
        services.delete_connector(actor_of(request), connector_id, with_documents=with_documents)
        return Response(status=204)


class ConnectorLookView(APIView):
    @extend_schema(operation_id="look_now", request=None, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, connector_id: UUID) -> Response:
        return Response(connector_out(services.look_now(actor_of(request), connector_id)))
