"""What a document names that lies outside it: model providers and knowledge bases of the workspace.

Knows which of them there are, and which knowledge bases the one who edits, publishes or tries the document sees: a
published version is searched with what its publisher saw. Knows nothing of the rest of a graph, which is the engine's
to check.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from apps.accounts.services import Actor
from apps.knowledge.selectors import datasets_of, datasets_of_workspace
from apps.providers.endpoints import BUILTIN
from apps.providers.selectors import models_of, providers_of
from apps.studio.errors import GraphInvalid
from workflows.errors import Fault, Severity

SEARCH_TOOL = "search_knowledge"


class ResourceFault(Fault, frozen=True):
    """A fault with the names its sentence is made of, for other languages."""

    params: dict[str, str] = {}


def faults_in(actor: Actor, document: Any) -> list[Fault]:
    """A fault for everything the document names that the actor's workspace does not have, or hides from the actor. One
    query for each sort."""
    return [*_model_faults(actor.workspace_id, list(_configs(document))), *dataset_faults(actor, document)]


def dataset_faults(actor: Actor, document: Any) -> list[ResourceFault]:
    """Those of its knowledge bases alone."""
    return list(_dataset_faults(actor, list(_configs(document))))


def refuse_hidden(actor: Actor, document: Any) -> None:
    """Before a draft is tried: raises GraphInvalid where it names a knowledge base that is there, but not for the
    actor. What is gone is told by the node that misses it."""
    faults = dataset_faults(actor, document)
    named = {uuid for each in faults if (uuid := _uuid(each.params.get("dataset", ""))) is not None}
    there = (
        set(datasets_of_workspace(actor.workspace_id).filter(id__in=named).values_list("id", flat=True))
        if named
        else set()
    )
    hidden = [each for each in faults if "dataset" not in each.params or _uuid(each.params["dataset"]) in there]
    if hidden:
        raise GraphInvalid(hidden)


def datasets_in(document: Any) -> set[UUID]:
    """Those that it names, whether they are there or not."""
    texts = [text for _, config in _configs(document) for _, text in _datasets(config)]
    return {uuid for text in texts if text is not None and (uuid := _uuid(text)) is not None}


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


def _dataset_faults(actor: Actor, configs: list[tuple[str, dict[str, Any]]]) -> Iterator[ResourceFault]:
    """What is hidden is not there."""
    chosen = [(node_id, *each) for node_id, config in configs for each in _datasets(config)]
    ids = {uuid for _, _, text in chosen if text is not None and (uuid := _uuid(text)) is not None}
    known = set(datasets_of(actor).filter(id__in=ids).values_list("id", flat=True)) if ids else set()
    for node_id, field, text in chosen:
        if text is None:
            # nobody could say whether the one who publishes it sees what a variable will hold
            message = "The knowledge bases that a tool searches are chosen in its settings, not read from a variable."
            yield _fault("config_invalid", message, node_id, field, {})
        elif _uuid(text) not in known:
            message = f"There is no knowledge base {text!r} here. Choose another."
            yield _fault("dataset_not_found", message, node_id, field, {"dataset": text})


def _datasets(config: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """The fields that choose knowledge bases with each id in them; None where a variable is to hold the ids."""
    yield from _listed("dataset_ids", config.get("dataset_ids"))
    yield from _of_tool("", config)
    tools = config.get("tools")
    for index, tool in enumerate(tools if isinstance(tools, list) else []):
        if isinstance(tool, dict) and tool.get("enabled", True):
            yield from _of_tool(f"tools.{index}.", tool)


def _of_tool(path: str, tool: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    settings, arguments = tool.get("settings"), tool.get("arguments")
    if isinstance(settings, dict):
        yield from _listed(f"{path}settings.dataset_ids", settings.get("dataset_ids"))
    if tool.get("tool") != SEARCH_TOOL or not isinstance(arguments, list):
        return
    for argument in arguments:
        if isinstance(argument, dict) and argument.get("name") == "dataset_ids":
            if argument.get("mode", "constant") == "constant":
                yield from _listed(f"{path}arguments", argument.get("value"))
            else:
                yield f"{path}arguments", None


def _listed(field: str, ids: Any) -> Iterator[tuple[str, str]]:
    for each in ids if isinstance(ids, list) else []:
        yield field, str(each)


def _fault(
    code: str, message: str, node_id: str, field: str, params: dict[str, str], severity: Severity = "error"
) -> ResourceFault:
    return ResourceFault(code, message, node_id, field, severity, params)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
