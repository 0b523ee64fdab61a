"""The shapes of the providers API. A key goes in and never comes out."""

from __future__ import annotations

from typing import Any, get_args

from rest_framework import serializers

from apps.providers import endpoints
from apps.providers.catalogue import Kind, ModelInfo
from apps.providers.models import Provider
from apps.providers.selectors import OfferedModel
from apps.providers.services import CheckResult


class ModelIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=get_args(Kind))
    # US dollars for a million tokens
    input_price = serializers.FloatField(min_value=0, max_value=1_000_000, required=False, allow_null=True)
    output_price = serializers.FloatField(min_value=0, max_value=1_000_000, required=False, allow_null=True)


class ProviderIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    base_url = serializers.CharField(max_length=500)
    api_key = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    models = ModelIn(many=True, required=False)


def provider_in(data: dict[str, Any]) -> dict[str, Any]:
    """The validated fields as the services take them."""
    if "models" in data:
        return {**data, "models": [ModelInfo.of(each) for each in data["models"]]}
    return dict(data)


def provider_out(provider: Provider) -> dict[str, Any]:
    return {
        "slug": provider.slug,
        "name": provider.name,
        "base_url": provider.base_url,
        "has_key": bool(provider.encrypted_key),
        "key_hint": provider.key_hint or None,
        "builtin": False,
        "models": provider.models,
        "created_at": provider.created_at.isoformat(),
    }


def builtin_out(models: list[ModelInfo]) -> dict[str, Any]:
    return {
        "slug": endpoints.BUILTIN,
        "name": "Weft",
        "base_url": "",
        "has_key": False,
        "key_hint": None,
        "builtin": True,
        "models": [model_out(each) for each in models],
        "created_at": None,
    }


def model_out(model: ModelInfo) -> dict[str, Any]:
    return model.to_dict()


def offered_out(offered: OfferedModel) -> dict[str, Any]:
    names = {"provider": offered.provider, "provider_name": offered.provider_name}
    return {**names, **model_out(offered.model), "note_code": offered.model.note_code}


def check_out(result: CheckResult) -> dict[str, Any]:
    body: dict[str, Any] = {"ok": result.ok, "elapsed_ms": result.elapsed_ms}
    if result.error is None:
        return body | {"models": [model_out(each) for each in result.models]}
    return body | {"error": {"code": result.error.code, "message": result.error.message}}
