"""The datasets of a search as plain data, each with its own settings and what its embedding model reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.knowledge.models import Dataset, Permission
from apps.knowledge.search import settings as retrieval_settings
from apps.knowledge.search.found import Request
from apps.knowledge.search.settings import Retrieval
from apps.knowledge.selectors import datasets_of_any
from apps.knowledge.vectors import Collection
from workflows.errors import RetrievalError


@dataclass(frozen=True, slots=True)
class Target:
    """A dataset as a search needs it."""

    id: UUID
    name: str
    description: str
    provider: str
    model: str
    store: str
    collection: Collection
    revision: int
    retrieval: Mapping[str, Any]
    reading: Mapping[str, Any]
    is_external: bool


def load(workspace_id: UUID, dataset_ids: Sequence[str], readers: Sequence[UUID] | None = None) -> list[Target]:
    """In the order asked for. Raises RetrievalError for one that is not there, or that no one of `readers` sees."""
    wanted = [_uuid(each) for each in dict.fromkeys(dataset_ids)]
    found = {each.id: each for each in Dataset.objects.filter(workspace_id=workspace_id, id__in=wanted)}
    for dataset_id in wanted:
        if dataset_id not in found:
            message = f"There is no dataset {dataset_id} in this workspace. Choose another one in the node's settings."
            raise RetrievalError("dataset_not_found", message)
    if readers is not None:
        _refuse_unseen(workspace_id, [found[dataset_id] for dataset_id in wanted], readers)
    return [_target(found[dataset_id]) for dataset_id in wanted]


def again(known: Sequence[Target]) -> list[Target]:
    """The same datasets as they are now; one that is gone stays as it was known."""
    found = Dataset.objects.in_bulk([each.id for each in known])
    return [_target(found[each.id]) if each.id in found else each for each in known]


def settings_for(targets: Sequence[Target], request: Request) -> Retrieval:
    """The stored settings of one dataset, the defaults for several; what the request says goes before both."""
    base = retrieval_settings.read(targets[0].retrieval) if len(targets) == 1 else Retrieval()
    return retrieval_settings.checked(request.settings, base) if request.settings else base


def _refuse_unseen(workspace_id: UUID, datasets: Sequence[Dataset], readers: Sequence[UUID]) -> None:
    private = [each.id for each in datasets if each.permission != Permission.ALL]
    if not private:
        return
    seen = set(datasets_of_any(workspace_id, readers).filter(id__in=private).values_list("id", flat=True))
    for dataset_id in private:
        if dataset_id not in seen:
            message = (
                f"The knowledge base {dataset_id} is no longer shown to whom this run reads it for: who published the "
                "app, or who tries its draft. Have somebody who sees it publish the app anew, or ask its maker for it."
            )
            raise RetrievalError("dataset_hidden", message)


def _target(dataset: Dataset) -> Target:
    return Target(
        id=dataset.id,
        name=dataset.name,
        description=dataset.description,
        provider=dataset.embedding_provider,
        model=dataset.embedding_model,
        store=dataset.vector_store,
        collection=Collection(dataset.id, dataset.generation),
        revision=dataset.revision,
        retrieval=dataset.retrieval,
        reading=dataset.reading,
        is_external=dataset.external_service_id is not None,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        message = f"{text!r} is no dataset's id. Choose a dataset in the node's settings."
        raise RetrievalError("dataset_not_found", message) from exc
