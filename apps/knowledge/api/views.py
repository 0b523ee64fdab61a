"""Datasets over HTTP. Translates; decides nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.knowledge import selectors, services
from apps.knowledge.api.serializers import DatasetIn, NewDatasetIn
from apps.knowledge.models import Dataset
from weft.http.pagination import paginate


class DatasetsView(APIView):
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        page = paginate(selectors.datasets_of(actor), request.query_params)
        return Response({"items": selectors.dataset_shapes(actor.workspace_id, page.items), "next": page.next})

    def post(self, request: Request) -> Response:
        dataset = services.create_dataset(actor_of(request), **_valid(NewDatasetIn, request))
        return Response(_shape(dataset), status=201)


class DatasetView(APIView):
    def get(self, request: Request, dataset_id: UUID) -> Response:
        return Response(_shape(selectors.dataset_by_id(actor_of(request), dataset_id)))

    def patch(self, request: Request, dataset_id: UUID) -> Response:
        data = _valid(DatasetIn, request, partial=True)
        return Response(_shape(services.update_dataset(actor_of(request), dataset_id, **data)))

    def delete(self, request: Request, dataset_id: UUID) -> Response:
        services.delete_dataset(actor_of(request), dataset_id)
        return Response(status=204)


def _shape(dataset: Dataset) -> dict[str, Any]:
    return selectors.dataset_shapes(dataset.workspace_id, [dataset])[0]


def _valid(serializer: Any, request: Request, *, partial: bool = False) -> dict[str, Any]:
    checked = serializer(data=request.data, partial=partial)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)
