"""Another embedding model or vector store for a dataset, whatever it holds. How vectors move is in `moving`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge import index, moving, progress, vectors
from apps.knowledge.dispatch import send
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Move
from apps.knowledge.selectors import dataset_by_id
from apps.knowledge.services.datasets import check_provider
from apps.knowledge.shapes import move_shape
from apps.providers import services as providers
from weft.db.aio import release
from weft.http import egress
from weft.http.errors import WeftError
from workflows.errors import ModelError

# Passages that the new model is timed with, before people decide.
_SAMPLE = 32


@dataclass(frozen=True, slots=True)
class Estimate:
    """`seconds` is about how long embedding takes; None where vectors are copied, which takes next to nothing."""

    passages: int
    seconds: int | None


def move_of(actor: Actor, dataset_id: UUID) -> dict[str, Any]:
    dataset = dataset_by_id(actor, dataset_id)
    return move_shape(dataset, Move.objects.filter(dataset=dataset).first())


@transaction.atomic
def start_move(
    actor: Actor, dataset_id: UUID, *, model: tuple[str, str] | None = None, store: str | None = None
) -> dict[str, Any]:
    """To an embedding model (provider and name), a vector store, or both; what is not given stays. Searches go by the
    present vectors until the others are there. Asking for what is on its way tries at once; for what is, does nothing.
    """
    dataset = _to_move(actor, dataset_id)
    present = (dataset.embedding_provider, dataset.embedding_model)
    wanted, place = model or present, store or dataset.vector_store
    if (wanted, place) == (present, dataset.vector_store):
        return move_of(actor, dataset_id)
    if wanted != present:
        check_provider(actor, wanted[0])
    under_way = moving.target_of(dataset)
    if under_way is not None and (under_way.model, under_way.vector_store) != (wanted, place):
        message = (
            f"The vectors of {dataset.name} are on their way to {under_way.embedding_model} in "
            f"{under_way.vector_store}. Wait until they are there, or stop it."
        )
        details = {"dataset": dataset.name, "model": under_way.embedding_model, "store": under_way.vector_store}
        raise WeftError("dataset_moving", message, 409, details=details)
    if dataset.chunks.exists():
        moving.start(dataset.pk, store=place, model=wanted)
        transaction.on_commit(partial(_dispatch, dataset.pk))
    else:
        # a collection that is empty still keeps the length of its vectors: these go into another
        transaction.on_commit(partial(index.forget_collection, dataset.vector_store, vectors.collection_of(dataset)))
        used = Move.objects.filter(dataset=dataset).values_list("generation", flat=True).first() or 0
        dataset.generation = max(dataset.generation, used) + 1
        dataset.embedding_provider, dataset.embedding_model = wanted
        dataset.vector_store = place
        dataset.reading = {} if wanted != present else dataset.reading
        names = ["embedding_provider", "embedding_model", "vector_store", "reading", "generation", "updated_at"]
        dataset.save(update_fields=names)
        index.touch(dataset.pk)
    record(actor.workspace_id, actor.user, "dataset.move", dataset.name, model=wanted[1], vector_store=place)
    return move_of(actor, dataset_id)


@transaction.atomic
def stop_move(actor: Actor, dataset_id: UUID) -> dict[str, Any]:
    """The dataset stays with the vectors that it has; those that were made go."""
    dataset = _to_move(actor, dataset_id)
    if dataset.moving:
        moving.stop(dataset.pk)
        record(actor.workspace_id, actor.user, "dataset.move.stop", dataset.name)
        transaction.on_commit(partial(progress.publish_move, dataset.pk))
    return move_of(actor, dataset_id)


def estimate_move(
    actor: Actor, dataset_id: UUID, *, model: tuple[str, str] | None = None, store: str | None = None
) -> Estimate:
    """What a move would mean, by having the model embed some passages and asking the store. Raises WeftError where
    either does not answer: then the move would not get far."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    present = (dataset.embedding_provider, dataset.embedding_model)
    searched = Chunk.objects.filter(dataset=dataset, is_indexed=True).exclude(kind=ChunkKind.PARENT)
    passages = searched.count()
    sample = [index.searched_text(each) for each in searched.order_by("id")[:_SAMPLE]]
    release()
    try:
        place = vectors.store_named(store or dataset.vector_store)
        egress.run_sync(lambda: place.count(vectors.collection_of(dataset)))
        if model is None or model == present or not sample:
            return Estimate(passages, None if model in (None, present) else 0)
        check_provider(actor, model[0])
        started = time.monotonic()
        egress.run_sync(lambda: providers.embed(dataset.workspace_id, *model, sample))
        return Estimate(passages, max(1, round((time.monotonic() - started) / len(sample) * passages)))
    except ModelError as exc:
        raise WeftError(exc.code, exc.message, 503) from exc
    except vectors.VectorStoreError as exc:
        raise WeftError("vector_store_unavailable", exc.message, 503) from exc


def _to_move(actor: Actor, dataset_id: UUID) -> Dataset:
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    if dataset.external_service_id is not None:
        message = f"{dataset.name} is searched elsewhere: it has no vectors here."
        raise WeftError("dataset_external", message, 409)
    return Dataset.objects.select_for_update().get(pk=dataset_id)


def _dispatch(dataset_id: UUID) -> None:
    send("move_vectors", str(dataset_id))
    progress.publish_move(dataset_id)
