"""What a request may say of a dataset beside its name, and the services of ours that do it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from apps.accounts.models import Role
from apps.accounts.services import Actor
from apps.knowledge import access, dataset_settings, external_services, services
from apps.knowledge.models import Dataset, Permission
from apps.knowledge.processing import Processing
from apps.publishing.errors import InvalidParam
from apps.publishing.service.http import list_field, object_field, text_field
from apps.publishing.service.knowledge import retrieval_model
from apps.publishing.service.knowledge.frame import body_id, body_ids, choice_field, flag_field
from apps.publishing.service.knowledge.shapes.dataset import PERMISSIONS
from weft.http.errors import WeftError

_PERMISSION_OF = {theirs: ours for ours, theirs in PERMISSIONS.items()}
TECHNIQUES = ("high_quality", "economy")


def made(actor: Actor, name: str, body: dict[str, Any]) -> Dataset:
    """A new dataset of the kind that `provider` says. Raises `name_taken` among others."""
    description = text_field(body, "description")
    if choice_field(body, "provider", ("vendor", "external")) == "external":
        return external_services.create_external_dataset(
            actor,
            body_id(body.get("external_knowledge_api_id"), "external_knowledge_api_id"),
            name=name,
            description=description,
            external_key=text_field(body, "external_knowledge_id", required=True),
        )
    try:
        return services.create_dataset(actor, name=name, description=description, **_embedding(body))
    except WeftError as error:
        raise not_initialized(error) from error


def change(actor: Actor, dataset: Dataset, body: dict[str, Any]) -> Dataset:
    """What is sent of the settings; a caller in a transaction changes all of it or nothing."""
    permission = choice_field(body, "permission", tuple(_PERMISSION_OF))
    if permission is not None:
        # Dify lets a dataset key act as the workspace's owner.
        owner = replace(actor, role=Role.OWNER)
        members = body_ids(_members(body), "partial_member_list") if _members(body) else None
        access.set_access(owner, dataset.pk, Permission(_PERMISSION_OF[permission]), members)
    _change_embedding(actor, dataset, body)
    found = searching(body)
    dataset_settings.change_settings(
        actor,
        dataset.pk,
        retrieval=found or None,
        api_enabled=flag_field(body, "enable_api"),
        icon=_icon(object_field(body, "icon_info")),
    )
    return Dataset.objects.get(pk=dataset.pk)


def begin(actor: Actor, dataset: Dataset, body: dict[str, Any], process: Processing | None) -> None:
    """What the request that brings the first document says of the dataset."""
    _change_embedding(actor, dataset, body)
    given = None if process is None else process.model_dump(mode="json")
    dataset_settings.change_settings(actor, dataset.pk, process=given, retrieval=searching(body) or None)


def searching(body: dict[str, Any]) -> dict[str, Any]:
    """Search settings that a request asks for. `economy` has no vectors in Dify: here it searches by terms."""
    found = retrieval_model.settings_of(object_field(body, "external_retrieval_model"))
    found |= retrieval_model.settings_of(object_field(body, "retrieval_model"))
    if choice_field(body, "indexing_technique", TECHNIQUES) == "economy":
        found["method"] = "lexical"
    return found


def not_initialized(error: WeftError) -> WeftError:
    """Dify's code for a model that is not set up."""
    if error.code != "model_provider_unknown":
        return error
    return WeftError("provider_not_initialize", error.message, 400)


def _embedding(body: dict[str, Any]) -> dict[str, str]:
    """The embedding model that is named; {} leaves it to the default. A plugin's provider is named by its path."""
    model, provider = text_field(body, "embedding_model"), text_field(body, "embedding_model_provider")
    if not model and not provider:
        return {}
    if not model or not provider:
        raise InvalidParam("embedding_model and embedding_model_provider go together.", field="embedding_model")
    return {"embedding_provider": provider.rpartition("/")[2], "embedding_model": model}


def _change_embedding(actor: Actor, dataset: Dataset, body: dict[str, Any]) -> None:
    embedding = {} if dataset.external_service_id else _embedding(body)
    if not embedding:
        return
    try:
        model = (embedding["embedding_provider"], embedding["embedding_model"])
        services.start_move(actor, dataset.pk, model=model)
    except WeftError as error:
        raise not_initialized(error) from error


def _members(body: dict[str, Any]) -> list[Any]:
    """Ids, or objects with `user_id`, as Dify's console sends them."""
    return [each.get("user_id") if isinstance(each, dict) else each for each in list_field(body, "partial_member_list")]


def _icon(given: dict[str, Any]) -> dict[str, str] | None:
    names = {"icon_type": "type", "icon": "icon", "icon_background": "background", "icon_url": "url"}
    found = {ours: value for theirs, ours in names.items() if isinstance(value := given.get(theirs), str)}
    if any(len(value) > 2000 for value in found.values()):
        raise InvalidParam("A part of icon_info is longer than 2000 characters.", field="icon_info")
    return found or None
