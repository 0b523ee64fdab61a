"""Providers and models over HTTP. Translates; decides nothing."""

from __future__ import annotations

from typing import get_args

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.providers import catalogue, selectors, services
from apps.providers.api import serializers
from apps.providers.catalogue import Kind
from weft.http.errors import invalid


class ProvidersView(APIView):
    def get(self, request: Request) -> Response:
        rows = selectors.providers_of(actor_of(request).workspace_id).order_by("created_at")
        items = [serializers.builtin_out(catalogue.builtin_models()), *map(serializers.provider_out, rows)]
        return Response({"items": items, "next": None})

    def post(self, request: Request) -> Response:
        checked = serializers.ProviderIn(data=request.data)
        checked.is_valid(raise_exception=True)
        provider = services.create_provider(actor_of(request), **serializers.provider_in(checked.validated_data))
        return Response(serializers.provider_out(provider), status=201)


class ProviderView(APIView):
    def patch(self, request: Request, slug: str) -> Response:
        checked = serializers.ProviderIn(data=request.data, partial=True)
        checked.is_valid(raise_exception=True)
        provider = services.update_provider(actor_of(request), slug, **serializers.provider_in(checked.validated_data))
        return Response(serializers.provider_out(provider))

    def delete(self, request: Request, slug: str) -> Response:
        services.delete_provider(actor_of(request), slug)
        return Response(status=204)


class ProviderTestView(APIView):
    def post(self, request: Request, slug: str) -> Response:
        return Response(serializers.check_out(services.check_provider(actor_of(request), slug)))


class ModelsView(APIView):
    def get(self, request: Request) -> Response:
        kind = request.query_params.get("kind") or None
        if kind not in (None, *get_args(Kind)):
            raise invalid("kind", f"kind is one of {', '.join(get_args(Kind))}, not {kind!r}.")
        offered = selectors.offered_models(actor_of(request).workspace_id, kind)  # type: ignore[arg-type]  # checked above
        return Response({"items": [serializers.offered_out(each) for each in offered], "next": None})
