"""What a document names that lies outside it: model providers and knowledge bases of the workspace.

Knows which of them there are; knows nothing of the rest of a graph, which is the engine's to check.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from apps.knowledge.selectors import datasets_of_workspace
from apps.providers.endpoints import BUILTIN
from apps.providers.selectors import models_of, providers_of
from workflows.errors import Fault, Severity


class ResourceFault(Fault, frozen=True):
    """A fault with the names its sentence is made of, for other languages."""

    params: dict[str, str] = {}


def faults_in(workspace_id: UUID, document: Any) -> list[Fault]:
    """A fault for everything the document names that this workspace does not have. One query for each sort."""
    configs = list(_configs(document))
    return [*_model_faults(workspace_id, configs), *_dataset_faults(workspace_id, configs)]


def _configs(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Node ids and configs; what is misshapen is left to the engine's check."""
    nodes = document.get("nodes") if isinstance(document, dict) else None
    for node in nodes if isinstance(nodes, list) else []:
        if isinstance(node, dict) and isinstance(node.get("id"), str) and isinstance(node.get("config"), dict):
            yield node["id"], node["config"]


def _model_faults(workspace_id: UUID, configs: list[tuple[str, dict[str, Any]]]) -> Iterator[Fault]:
    chosen = [(node_id, config["model"]) for node_id, config in configs if isinstance(config.get("model"), dict)]
    foreign = [(node_id, model) for node_id, model in chosen if model.get("name") and model.get("provider") != BUILTIN]
    if not foreign:
        return
    offered = {each.slug: {model.name for model in models_of(each)} for each in providers_of(workspace_id)}
    for node_id, model in foreign:
        provider, name = str(model.get("provider") or ""), str(model["name"])
        params = {"provider": provider, "model": name}
        if provider not in offered:
            message = f"The model provider {provider!r} is not connected. Choose another model or add it under Models."
            yield _fault("model_provider_unknown", message, node_id, "model", params)
        elif offered[provider] and name not in offered[provider]:
            message = f"The provider {provider!r} does not list the model {name!r}. Choose another if it fails."
            yield _fault("model_unlisted", message, node_id, "model", params, "warning")


def _dataset_faults(workspace_id: UUID, configs: list[tuple[str, dict[str, Any]]]) -> Iterator[Fault]:
    chosen = [
        (node_id, str(dataset_id))
        for node_id, config in configs
        if isinstance(config.get("dataset_ids"), list)
        for dataset_id in config["dataset_ids"]
    ]
    ids = {uuid for _, text in chosen if (uuid := _uuid(text)) is not None}
    known = set(datasets_of_workspace(workspace_id).filter(id__in=ids).values_list("id", flat=True)) if ids else set()
    for node_id, text in chosen:
        if _uuid(text) not in known:
            message = f"There is no knowledge base {text!r} here. Choose another."
            yield _fault("dataset_not_found", message, node_id, "dataset_ids", {"dataset": text})


def _fault(
    code: str, message: str, node_id: str, field: str, params: dict[str, str], severity: Severity = "error"
) -> Fault:
    return ResourceFault(code, message, node_id, field, severity, params)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
