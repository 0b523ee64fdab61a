"""GET /v1/workspaces/current/models/model-types/{type}: which models a dataset may name. Opened by a dataset key."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from apps.accounts.services import Actor
from apps.providers.selectors import OfferedModel, offered_models
from apps.publishing.errors import InvalidParam
from apps.publishing.service.knowledge.frame import knowledge_view

# Dify's types; what Weft has no models for is an empty list, as in a workspace that configured none.
KINDS = {
    "llm": "chat",
    "text-embedding": "embedding",
    "rerank": "rerank",
    "speech2text": None,
    "tts": None,
    "moderation": None,
}


def models(request: HttpRequest, actor: Actor, model_type: str) -> dict[str, Any]:
    if model_type not in KINDS:
        raise InvalidParam(f"model_type must be one of {', '.join(KINDS)}.", field="model_type")
    offered = [each for each in offered_models(actor.workspace_id) if each.model.kind == KINDS[model_type]]
    providers: dict[str, dict[str, Any]] = {}
    for each in offered:
        provider = providers.setdefault(each.provider, _provider(actor, each))
        provider["models"].append(_model(each, model_type))
    return {"data": list(providers.values())}


def _provider(actor: Actor, offered: OfferedModel) -> dict[str, Any]:
    return {
        "tenant_id": str(actor.workspace_id),
        "provider": offered.provider,
        "label": _label(offered.provider_name),
        "icon_small": None,
        "status": "active",
        "models": [],
    }


def _model(offered: OfferedModel, model_type: str) -> dict[str, Any]:
    return {
        "model": offered.model.name,
        "label": _label(offered.model.name),
        "model_type": model_type,
        "features": [],
        "fetch_from": "customizable-model",
        "model_properties": {},
        "deprecated": False,
        "status": "active",
        "load_balancing_enabled": False,
    }


def _label(name: str) -> dict[str, str]:
    return {"en_US": name, "zh_Hans": name}


models_view = knowledge_view(GET=models)
