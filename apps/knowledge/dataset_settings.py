"""Changing how a dataset is processed, searched, embedded and opened to keys. What a setting does, others know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge import index, moving, processing
from apps.knowledge.models import Dataset
from apps.knowledge.search import settings as searching
from apps.knowledge.selectors import dataset_by_id
from apps.providers.endpoints import BUILTIN
from apps.providers.selectors import providers_of
from weft.http.errors import invalid


@transaction.atomic
def change_settings(
    actor: Actor,
    dataset_id: UUID,
    *,
    process: Mapping[str, Any] | None = None,
    retrieval: Mapping[str, Any] | None = None,
    api_enabled: bool | None = None,
    icon: Mapping[str, Any] | None = None,
) -> Dataset:
    """Settings that are given go over those that are stored; documents keep their chunks until they are read anew."""
    dataset = _locked(actor, dataset_id)
    changed: dict[str, Any] = {}
    if process is not None:
        changed["processing"] = processing.checked(process, processing.read(dataset.processing)).model_dump(mode="json")
    if retrieval is not None:
        changed["retrieval"] = searching.checked(retrieval, searching.read(dataset.retrieval)).model_dump(mode="json")
    if api_enabled is not None:
        changed["api_enabled"] = api_enabled
    if icon is not None:
        changed["icon"] = dict(icon)
    return _save(actor, dataset, changed)


@transaction.atomic
def change_embedding(actor: Actor, dataset_id: UUID, *, provider: str, model: str) -> Dataset:
    """Another embedding model. What the present one has embedded is embedded anew in the background, and searched by
    the present one until that is done (see `moving`)."""
    dataset = _locked(actor, dataset_id)
    if (provider, model) == (dataset.embedding_provider, dataset.embedding_model):
        return dataset
    if provider != BUILTIN and not providers_of(actor.workspace_id).filter(slug=provider).exists():
        message = f"There is no model provider {provider!r}; add it under Models first."
        raise invalid("embedding_provider", message, "model_provider_unknown")
    if dataset.chunks.exists():
        moving.start_in_background(dataset.pk, model=(provider, model))
        record(actor.workspace_id, actor.user, "dataset.embed_anew", dataset.name, model=model)
        dataset.refresh_from_db()
        return dataset
    changed = {"embedding_provider": provider, "embedding_model": model, "reading": {}}
    return _save(actor, dataset, changed)


def _locked(actor: Actor, dataset_id: UUID) -> Dataset:
    require(actor, Role.EDITOR)
    dataset_by_id(actor, dataset_id)
    return Dataset.objects.select_for_update().get(pk=dataset_id)


def _save(actor: Actor, dataset: Dataset, changed: Mapping[str, Any]) -> Dataset:
    if not changed:
        return dataset
    for name, value in changed.items():
        setattr(dataset, name, value)
    dataset.save(update_fields=[*changed, "updated_at"])
    index.touch(dataset.pk)
    record(actor.workspace_id, actor.user, "dataset.update", dataset.name, changed=sorted(changed))
    return dataset
