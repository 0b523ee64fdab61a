"""Datasets, documents, chunks and the search over HTTP. Translates; decides nothing."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.knowledge import selectors, services
from apps.knowledge.api.serializers import DatasetIn, NewDatasetIn, RetrieveIn, hit_out
from apps.knowledge.models import Dataset
from apps.knowledge.shapes import chunk_shape, document_shape
from weft.http.errors import WeftError
from weft.http.pagination import paginate
from workflows.errors import RetrievalError
from workflows.ports import RetrievalRequest


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


class DocumentsView(APIView):
    parser_classes = [MultiPartParser]

    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = selectors.dataset_by_id(actor_of(request), dataset_id)
        return Response(paginate(selectors.documents_of(dataset), request.query_params).render(document_shape))

    def post(self, request: Request, dataset_id: UUID) -> Response:
        files = request.FILES.getlist("file")
        uploads = [services.Upload(file.name or "", services.Parts(file.chunks)) for file in files]
        documents = services.add_documents(actor_of(request), dataset_id, uploads)
        return Response({"items": [document_shape(each) for each in documents]}, status=201)


class DocumentView(APIView):
    def get(self, request: Request, document_id: UUID) -> Response:
        return Response(document_shape(selectors.document_by_id(actor_of(request), document_id)))

    def delete(self, request: Request, document_id: UUID) -> Response:
        services.delete_document(actor_of(request), document_id)
        return Response(status=204)


class DocumentCancelView(APIView):
    def post(self, request: Request, document_id: UUID) -> Response:
        return Response(document_shape(services.cancel_document(actor_of(request), document_id)))


class DocumentResumeView(APIView):
    def post(self, request: Request, document_id: UUID) -> Response:
        return Response(document_shape(services.resume_document(actor_of(request), document_id)))


class ChunksView(APIView):
    def get(self, request: Request, document_id: UUID) -> Response:
        document = selectors.document_by_id(actor_of(request), document_id)
        page = paginate(selectors.chunks_of(document), request.query_params, order=("position",))
        return Response(page.render(chunk_shape))


class RetrieveView(APIView):
    def post(self, request: Request, dataset_id: UUID) -> Response:
        data = _valid(RetrieveIn, request)
        actor = actor_of(request)
        selectors.dataset_by_id(actor, dataset_id)
        started = time.monotonic()
        try:
            hits = services.retrieve(actor.workspace_id, RetrievalRequest(dataset_ids=[str(dataset_id)], **data))
        except RetrievalError as exc:
            raise WeftError(exc.code, exc.message, 503) from exc
        elapsed_ms = int((time.monotonic() - started) * 1000)
        return Response({"items": [hit_out(hit) for hit in hits], "elapsed_ms": elapsed_ms})


def _shape(dataset: Dataset) -> dict[str, Any]:
    return selectors.dataset_shapes(dataset.workspace_id, [dataset])[0]


def _valid(serializer: Any, request: Request, *, partial: bool = False) -> dict[str, Any]:
    checked = serializer(data=request.data, partial=partial)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)
