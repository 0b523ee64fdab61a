"""Where higher rooms tell what knowledge cannot know: which apps use a dataset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

# (workspace_id, dataset_ids) -> {dataset_id: [{"id": app id, "name": app name}]}
DatasetUsers = Callable[[UUID, Sequence[UUID]], dict[UUID, list[dict[str, str]]]]

dataset_users: list[DatasetUsers] = []


def users_of(workspace_id: UUID, dataset_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, str]]]:
    found: dict[UUID, list[dict[str, str]]] = {dataset_id: [] for dataset_id in dataset_ids}
    for hook in dataset_users:
        for dataset_id, users in hook(workspace_id, dataset_ids).items():
            found.setdefault(dataset_id, []).extend(users)
    return found
