"""/v1/datasets: the datasets of the key's workspace, made, listed, changed and deleted."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest

from apps.accounts.services import Actor
from apps.knowledge import hooks, selectors, services
from apps.knowledge.models import Dataset
from apps.publishing.errors import InvalidParam
from apps.publishing.service.http import read_json, text_field
from apps.publishing.service.knowledge import options
from apps.publishing.service.knowledge.frame import body_id, knowledge_view, open_dataset, paged
from apps.publishing.service.knowledge.shapes.dataset import dataset_shape, dataset_shapes
from weft.http.errors import WeftError


def list_datasets(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Newest first. `tag_ids` may repeat: a dataset must have all of them. `include_all` is what a key sees anyway."""
    rows = selectors.datasets_of(actor).filter(api_enabled=True)
    if keyword := request.GET.get("keyword", ""):
        rows = rows.filter(name__icontains=keyword)
    tags = {body_id(each, "tag_ids") for each in request.GET.getlist("tag_ids") if each}
    if tags:
        rows = rows.filter(tags__in=tags).annotate(tagged=Count("tags", distinct=True)).filter(tagged=len(tags))
    return paged(request, rows.order_by("-created_at", "id"), lambda found: dataset_shapes(actor, found))


def create_dataset(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    body = read_json(request)
    name = dataset_name(text_field(body, "name", required=True))
    return dataset_shape(actor, _create(actor, name, body))


@transaction.atomic
def _create(actor: Actor, name: str, body: dict[str, Any]) -> Dataset:
    try:
        dataset = options.made(actor, name, body)
    except WeftError as error:
        raise duplicate(error) from error
    return options.change(actor, dataset, body)


def get_dataset(request: HttpRequest, actor: Actor, dataset_id: str) -> dict[str, Any]:
    return dataset_shape(actor, open_dataset(actor, dataset_id))


def update_dataset(request: HttpRequest, actor: Actor, dataset_id: str) -> dict[str, Any]:
    return dataset_shape(actor, _update(actor, open_dataset(actor, dataset_id), read_json(request)))


@transaction.atomic
def _update(actor: Actor, dataset: Dataset, body: dict[str, Any]) -> Dataset:
    """All of what is sent, or, when a part of it is refused, nothing."""
    name = text_field(body, "name")
    description = body.get("description")
    if description is not None and not isinstance(description, str):
        raise InvalidParam("Arg description must be a string.", field="description")
    if name or description is not None:
        try:
            services.update_dataset(
                actor, dataset.pk, name=dataset_name(name) if name else None, description=description
            )
        except WeftError as error:
            raise duplicate(error) from error
    return options.change(actor, dataset, body)


def delete_dataset(request: HttpRequest, actor: Actor, dataset_id: str) -> None:
    """Refused while an app searches it, as Dify does."""
    dataset = open_dataset(actor, dataset_id)
    users = hooks.users_of(actor.workspace_id, [dataset.pk])[dataset.pk]
    if users:
        names = ", ".join(user["name"] for user in users[:5])
        message = (
            f"The dataset is being used by some apps ({names}). Please remove it from the apps before deleting it."
        )
        raise WeftError("dataset_in_use", message, 409)
    services.delete_dataset(actor, dataset.pk)


def dataset_name(name: str) -> str:
    """Dify stops at 40 characters; Weft takes as many as its own pages do."""
    if not name.strip() or len(name) > 120:
        raise InvalidParam("Name must be between 1 to 120 characters.", field="name")
    return name.strip()


def duplicate(error: WeftError) -> WeftError:
    if error.code != "name_taken":
        return error
    message = "The dataset name already exists. Please modify your dataset name."
    return WeftError("dataset_name_duplicate", message, 409)


datasets_view = knowledge_view(GET=list_datasets, POST=create_dataset)
dataset_view = knowledge_view(GET=get_dataset, PATCH=update_dataset, DELETE=delete_dataset)
