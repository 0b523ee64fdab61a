"""Changing how a dataset is processed, searched and opened to keys. What a setting does, others know.

Another embedding model or vector store is more than a setting: see `services.start_move`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge import index, processing
from apps.knowledge.models import Dataset
from apps.knowledge.search import settings as searching
from apps.knowledge.selectors import dataset_by_id


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
