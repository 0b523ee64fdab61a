"""The search over HTTP: trying it, asking why, and how a dataset is searched. Translates; decides nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from pydantic import ValidationError
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.knowledge import dataset_settings, reading, search, selectors
from apps.knowledge.api.input import valid
from apps.knowledge.api.retrieval_serializers import RetrieveIn, RetrieveManyIn, WhyNotIn
from apps.knowledge.metadata import Filter
from apps.knowledge.models import Dataset
from apps.knowledge.search import settings as retrieval_settings
from apps.knowledge.search.shapes import funnel_shape, hit_shape, why_shape
from weft.db.aio import release
from weft.http import egress
from weft.http.errors import WeftError, invalid
from workflows.errors import ModelError, RetrievalError


class RetrieveView(APIView):
    @extend_schema(operation_id="retrieve", request=RetrieveIn, responses=OpenApiTypes.OBJECT)
    def post(self, request: HttpRequest, dataset_id: UUID) -> Response:
        dataset = selectors.dataset_by_id(actor_of(request), dataset_id)
        return _searched(request, [dataset], valid(RetrieveIn, request))


class RetrieveManyView(APIView):
    """Several datasets at once. Settings that are not given are the defaults, not any dataset's own."""

    @extend_schema(operation_id="retrieve_from_datasets", request=RetrieveManyIn, responses=OpenApiTypes.OBJECT)
    def post(self, request: HttpRequest) -> Response:
        data = valid(RetrieveManyIn, request)
        actor = actor_of(request)
        return _searched(request, [selectors.dataset_by_id(actor, each) for each in data["dataset_ids"]], data)


class WhyNotView(APIView):
    @extend_schema(operation_id="why_not_retrieved", request=WhyNotIn, responses=OpenApiTypes.OBJECT)
    def post(self, request: HttpRequest, dataset_id: UUID) -> Response:
        dataset = selectors.dataset_by_id(actor_of(request), dataset_id)
        data = valid(WhyNotIn, request)
        asked = _request([dataset], data)
        try:
            why = search.why_not(dataset.workspace_id, asked, data["chunk_id"])
        except RetrievalError as exc:
            raise _failure(exc) from exc
        return Response(why_shape(why))


class ReadingView(APIView):
    """What the dataset's embedding model understands, with the trials that show it; tried now where it never was.

    {provider, model, at, languages: {en, zh: {right, of, noise}}, across: {right, of}, weights: {latin, cjk}, trials:
    [{language, question, answer, rival, right, similarity, rival_similarity, unrelated_similarity}]}
    """

    @extend_schema(operation_id="get_reading", responses=OpenApiTypes.OBJECT)
    def get(self, request: HttpRequest, dataset_id: UUID) -> Response:
        dataset = selectors.dataset_by_id(actor_of(request), dataset_id)
        model = (dataset.embedding_provider, dataset.embedding_model)
        if reading.is_of(dataset.reading, *model):
            return Response(dataset.reading)
        release()
        try:
            return Response(egress.run_sync(lambda: reading.read(dataset.workspace_id, *model)))
        except ModelError as exc:
            raise WeftError(exc.code, exc.message, 503) from exc


class RetrievalSettingsView(APIView):
    """How the dataset is searched: every setting of `search.settings.Retrieval`. What is sent goes over what is set."""

    @extend_schema(operation_id="get_retrieval_settings", responses=OpenApiTypes.OBJECT)
    def get(self, request: HttpRequest, dataset_id: UUID) -> Response:
        return Response(_settings(selectors.dataset_by_id(actor_of(request), dataset_id)))

    @extend_schema(operation_id="set_retrieval_settings", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    def put(self, request: HttpRequest, dataset_id: UUID) -> Response:
        if not isinstance(request.data, dict):
            raise invalid("settings", "The settings must be a JSON object.")
        changed = dataset_settings.change_settings(actor_of(request), dataset_id, retrieval=request.data)
        return Response(_settings(changed))


def _searched(request: HttpRequest, datasets: Sequence[Dataset], data: dict[str, Any]) -> Response:
    asked = _request(datasets, data)
    started = time.monotonic()
    try:
        found = search.search(actor_of(request).workspace_id, asked)
    except RetrievalError as exc:
        raise _failure(exc) from exc
    return Response(
        {
            "items": [hit_shape(hit) for hit in found.hits],
            "funnel": funnel_shape(found.funnel) if data["explain"] else None,
            "settings": found.settings.model_dump(mode="json"),
            "elapsed_ms": int((time.monotonic() - started) * 1000),
        }
    )


def _request(datasets: Sequence[Dataset], data: dict[str, Any]) -> search.Request:
    settings = dict(data.get("settings") or {})
    for name, setting in (("top_k", "top_k"), ("score_threshold", "threshold")):
        if name in data:
            settings[setting] = data[name]
    try:
        filter_ = Filter.model_validate(data["filter"]) if data.get("filter") else None
    except ValidationError as exc:
        where = ".".join(str(each) for each in exc.errors()[0]["loc"])
        raise invalid(f"filter.{where}", f"The filter is not valid: {exc.errors()[0]['msg']}.") from exc
    return search.Request(
        query=data["query"],
        dataset_ids=[str(each.id) for each in datasets],
        settings=settings,
        filter=filter_,
        history=data.get("history", ()),
        origin="test",
    )


def _settings(dataset: Dataset) -> dict[str, Any]:
    return retrieval_settings.read(dataset.retrieval).model_dump(mode="json")


def _failure(error: RetrievalError) -> WeftError:
    return WeftError(error.code, error.message, 503)
