"""Datasets: making, naming and deleting them. Their settings are in `dataset_settings`, who sees them in `access`."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge import index
from apps.knowledge.models import Dataset
from apps.knowledge.selectors import dataset_by_id
from apps.knowledge.services.documents import delete_row, lock_files
from apps.providers.endpoints import BUILTIN
from apps.providers.selectors import providers_of
from weft.http.errors import WeftError, invalid


def create_dataset(
    actor: Actor,
    *,
    name: str,
    description: str = "",
    embedding_provider: str = BUILTIN,
    embedding_model: str = "all-MiniLM-L6-v2",
) -> Dataset:
    require(actor, Role.EDITOR)
    check_provider(actor, embedding_provider)
    try:
        with transaction.atomic():
            dataset = Dataset.objects.create(
                workspace=actor.workspace,
                name=name,
                description=description,
                embedding_provider=embedding_provider,
                embedding_model=embedding_model,
                created_by=actor.user,
            )
            record(actor.workspace_id, actor.user, "dataset.create", name)
    except IntegrityError as exc:
        raise _name_taken(name) from exc
    return dataset


def check_provider(actor: Actor, embedding_provider: str) -> None:
    if embedding_provider != BUILTIN and not providers_of(actor.workspace_id).filter(slug=embedding_provider).exists():
        message = f"There is no model provider {embedding_provider!r}; add it under Models first."
        raise invalid("embedding_provider", message, "model_provider_unknown", provider=embedding_provider)


def update_dataset(
    actor: Actor, dataset_id: UUID, *, name: str | None = None, description: str | None = None
) -> Dataset:
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    dataset.name = dataset.name if name is None else name
    dataset.description = dataset.description if description is None else description
    try:
        with transaction.atomic():
            dataset.save(update_fields=["name", "description", "updated_at"])
    except IntegrityError as exc:
        raise _name_taken(dataset.name) from exc
    return dataset


@transaction.atomic
def delete_dataset(actor: Actor, dataset_id: UUID) -> None:
    """Rows and files go now, the collection right after the commit (again later, should the store be away)."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    # all of them locked at once: a document's row comes before its dataset's, everywhere
    documents = list(dataset.documents.select_for_update().order_by("id"))
    lock_files(documents)
    for document in documents:
        delete_row(document)
    record(actor.workspace_id, actor.user, "dataset.delete", dataset.name)
    index.drop_dataset(dataset)
    dataset.delete()


def _name_taken(name: str) -> WeftError:
    return invalid("name", f"There is a dataset named {name!r} already.", "name_taken", name=name)
