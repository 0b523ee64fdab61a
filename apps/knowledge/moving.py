"""A dataset's vectors on their way: to another store, or to another embedding model, while it is searched and changed.

The next generation is filled beside the live one and takes its place in one step, once nothing is missing in it and
nothing changed since that was seen. Who fills it holds the move's lease; a process that dies is followed by one that
goes on with what is there. Who may start one is the services' matter.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from apps.knowledge import embedding, index, progress, reading, vectors
from apps.knowledge.leases import Heartbeat, take
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Move
from apps.knowledge.vectors import Collection, VectorStore, VectorStoreError
from apps.providers import services as providers
from weft.db.aio import call_db
from weft.http import egress
from workflows.errors import ModelError

logger = logging.getLogger(__name__)

_BATCH = 256
_PAGE = 2000
# So often may a dataset change under our hands before that is an error to be told.
_MAX_PASSES = 50
# A model or store that failed is asked again after this long.
_RETRY_AFTER = timedelta(minutes=5)
_NEWS_EVERY_S = 0.5

Progress = Callable[[int, int], None]


class Busy(Exception):
    """Another process moves the dataset."""


class Outrun(Exception):
    """The dataset changes faster than it can be moved."""


class _GivenUp(Exception):
    """The move was stopped, somebody else goes on with it, or its dataset is gone. Nothing more may be written."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to. Vectors are copied where the model stays, unless they are to be made `anew`."""

    vector_store: str
    embedding_provider: str
    embedding_model: str
    generation: int
    anew: bool = False

    @property
    def model(self) -> tuple[str, str]:
        return self.embedding_provider, self.embedding_model

    def is_like(self, other: Target) -> bool:
        return replace(self, generation=other.generation) == other


@transaction.atomic
def start(
    dataset_id: UUID, *, store: str | None = None, model: tuple[str, str] | None = None, anew: bool = False
) -> Target:
    """Note where to; `run` does it. What was on its way there goes on at once; on its way elsewhere, is given up."""
    dataset = Dataset.objects.select_for_update().get(id=dataset_id)
    move, _ = Move.objects.get_or_create(dataset=dataset)
    provider, name = model or (dataset.embedding_provider, dataset.embedding_model)
    generation = max(dataset.generation, move.generation) + 1
    target = Target(store or dataset.vector_store, provider, name, generation, anew)
    under_way = target_of(dataset)
    if under_way is not None and under_way.is_like(target):
        Move.objects.filter(id=move.id).update(error_code="", error_message="", retry_at=None, updated_at=Now())
        return under_way
    _end(dataset, generation=generation)
    Dataset.objects.filter(id=dataset_id).update(moving=asdict(target), updated_at=Now())
    return target


@transaction.atomic
def stop(dataset_id: UUID) -> None:
    """The dataset stays where it is. A worker that fills the next generation finds its lease gone."""
    dataset = Dataset.objects.select_for_update().get(id=dataset_id)
    if dataset.moving:
        _end(dataset)
        Dataset.objects.filter(id=dataset_id).update(moving={}, updated_at=Now())


def target_of(dataset: Dataset) -> Target | None:
    return Target(**dataset.moving) if dataset.moving else None


def run(dataset_id: UUID, tell: Progress = lambda done, total: None) -> bool:
    """Fill and switch. False when there was nothing to do, or it was stopped. Raises Busy, Outrun, ModelError and
    VectorStoreError; what is done by then stays done."""
    dataset = Dataset.objects.filter(id=dataset_id).exclude(moving={}).first()
    if dataset is None:
        return False
    row = Move.objects.filter(dataset_id=dataset_id)
    token = take(row)
    if token is None:
        raise Busy("Another process is moving this dataset's vectors.")
    mine = row.filter(lease_token=token)
    # it may have been given another aim before the lease was ours
    dataset.refresh_from_db()
    target = target_of(dataset)
    if target is None:
        mine.update(lease_expires_at=None)
        return False
    try:
        with Heartbeat(mine.all):
            _Turn(dataset, target, mine, tell).run()
    except _GivenUp:
        _abandon(dataset_id, target)
        return False
    except (ModelError, VectorStoreError, Outrun) as exc:
        mine.update(error_code=_code(exc), error_message=str(exc), retry_at=Now() + _RETRY_AFTER)
        raise
    finally:
        mine.update(lease_expires_at=None, updated_at=Now())
        progress.publish_move(dataset_id)
    index.forget_collection(dataset.vector_store, vectors.collection_of(dataset))
    settle(dataset_id)
    return True


class _Turn:
    """One worker's hold of a move, until it has switched."""

    def __init__(self, dataset: Dataset, target: Target, mine: QuerySet[Move], tell: Progress) -> None:
        self._dataset, self._target, self._mine, self._tell = dataset, target, mine, tell
        self._store = vectors.store_named(target.vector_store)
        self._collection = Collection(dataset.id, target.generation)
        self._told_at = 0.0

    def run(self) -> None:
        self._note(error_code="", error_message="", retry_at=None, started_at=None)
        # what the new model understands is known before it is searched by
        read = self._read_model() if self._target.model != _model(self._dataset) else None
        for _ in range(_MAX_PASSES):
            revision = Dataset.objects.values_list("revision", flat=True).filter(id=self._dataset.id).first()
            if revision is None:
                raise _GivenUp
            if not self._fill() and _switch(self._dataset, self._target, revision, read):
                return
        raise Outrun(f"The dataset {self._dataset.name} changes faster than its vectors can be moved. Try again later.")

    def _read_model(self) -> dict[str, Any]:
        return egress.run_sync(lambda: reading.read(self._dataset.workspace_id, *self._target.model))

    def _fill(self) -> int:
        """Bring the next generation in step with the chunks that have a vector. Returns how many were put or taken."""
        store, collection = self._store, self._collection
        there = egress.run_sync(lambda: store.ids(collection))
        searched = Chunk.objects.filter(dataset=self._dataset, is_indexed=True).exclude(kind=ChunkKind.PARENT)
        wanted = dict(searched.order_by("document_id", "position", "id").values_list("id", "document_id"))
        strays = list(there - wanted.keys())
        egress.run_sync(lambda: store.forget_ids(collection, strays))
        missing = [chunk_id for chunk_id in wanted if chunk_id not in there]
        done = len(wanted) - len(missing)
        self._note(done=done, total=len(wanted), started_at=Now(), started_done=done)
        for start_ in range(0, len(missing), _BATCH):
            batch = {chunk_id: wanted[chunk_id] for chunk_id in missing[start_ : start_ + _BATCH]}
            _put(self._dataset, self._target, store, collection, batch)
            done += len(batch)
            self._note(done=done, total=len(wanted))
            self._tell(done, len(wanted))
        return len(missing) + len(strays)

    def _note(self, **facts: Any) -> None:
        """How far it is, for everybody, as long as the lease counts."""
        if not self._mine.update(updated_at=Now(), **facts):
            raise _GivenUp
        now = time.monotonic()
        if now - self._told_at >= _NEWS_EVERY_S:
            self._told_at = now
            progress.publish_move(self._dataset.id)


def settle(dataset_id: UUID) -> tuple[int, int]:
    """Chunks that say they have a vector and have none wait for one again; vectors of no chunk go. Returns how many of
    either. Run it again when writers that had begun before a switch have ended."""
    dataset = Dataset.objects.get(id=dataset_id)
    stored = egress.run_sync(lambda: vectors.store_of(dataset).ids(vectors.collection_of(dataset)))
    searched = Chunk.objects.filter(dataset_id=dataset_id).exclude(kind=ChunkKind.PARENT)
    indexed = set(searched.filter(is_indexed=True).values_list("id", flat=True))
    lost, strays = list(indexed - stored), list(stored - set(searched.values_list("id", flat=True)))
    with transaction.atomic():
        for start_ in range(0, len(lost), _PAGE):
            embedding.unmark(lost[start_ : start_ + _PAGE])
        index.touch(dataset_id)
    egress.run_sync(lambda: vectors.forget_ids(dataset, strays))
    return len(lost), len(strays)


def _put(
    dataset: Dataset, target: Target, store: VectorStore, collection: Collection, documents: Mapping[UUID, UUID]
) -> None:
    """Chunks with their documents."""
    texts = _texts(documents)

    async def work() -> None:
        if target.anew or target.model != _model(dataset):
            made = await providers.embed(dataset.workspace_id, *target.model, list(texts.values()))
            found = dict(zip(texts, made, strict=True))
        else:
            found = await vectors.store_of(dataset).read(vectors.collection_of(dataset), list(texts))
        for document_id, group in groupby(sorted(found, key=documents.__getitem__), documents.__getitem__):
            ids = list(group)
            await store.upsert(collection, document_id, ids, [found[chunk_id] for chunk_id in ids])
        # what the live store has lost waits for a vector again; what changed meanwhile is done in the next pass
        now = await call_db(_without_vector, documents, [chunk_id for chunk_id in texts if chunk_id not in found])
        await store.forget_ids(collection, [each for each in texts if now.get(each) != texts[each]])

    if texts:
        egress.run_sync(work)


def _without_vector(ids: Iterable[UUID], lost: Sequence[UUID]) -> dict[UUID, str]:
    embedding.unmark(lost)
    return _texts(ids)


def _texts(ids: Iterable[UUID]) -> dict[UUID, str]:
    """What is searched of chunks that have a vector."""
    return {each.id: index.searched_text(each) for each in Chunk.objects.filter(id__in=list(ids), is_indexed=True)}


@transaction.atomic
def _switch(dataset: Dataset, target: Target, revision: int, read: Mapping[str, Any] | None) -> bool:
    """Whether nothing changed since `revision`, so that the next generation is the live one from now on."""
    now = Dataset.objects.select_for_update().filter(id=dataset.id).first()
    if now is None or target_of(now) != target:
        raise _GivenUp
    if now.revision != revision:
        return False
    now.vector_store, now.generation = target.vector_store, target.generation
    now.embedding_provider, now.embedding_model = target.model
    now.reading, now.moving = now.reading if read is None else dict(read), {}
    now.save()
    _reset(now, target.generation)
    index.touch(now.id)
    return True


def _end(dataset: Dataset, *, generation: int | None = None) -> None:
    """Give up what is on its way, with what it has filled. Whoever holds its lease has it no more."""
    under_way = target_of(dataset)
    if under_way is not None:
        coming = Collection(dataset.id, under_way.generation)
        transaction.on_commit(partial(index.forget_collection, under_way.vector_store, coming))
    _reset(dataset, generation)


def _reset(dataset: Dataset, generation: int | None) -> None:
    facts: dict[str, Any] = {} if generation is None else {"generation": generation}
    Move.objects.filter(dataset=dataset).update(
        **facts,
        done=0,
        total=0,
        started_at=None,
        error_code="",
        error_message="",
        retry_at=None,
        lease_token=F("lease_token") + 1,
        lease_expires_at=None,
        updated_at=Now(),
    )


def _abandon(dataset_id: UUID, target: Target) -> None:
    """What a batch has put after the move had been given up. Somebody who goes on with it needs what is there."""
    dataset = Dataset.objects.filter(id=dataset_id).first()
    collection = Collection(dataset_id, target.generation)
    if dataset is None or (target.vector_store, collection) not in vectors.places_of(dataset):
        index.forget_collection(target.vector_store, collection)


def _code(error: ModelError | VectorStoreError | Outrun) -> str:
    if isinstance(error, ModelError):
        return error.code
    return "vector_store_unavailable" if isinstance(error, VectorStoreError) else "move_outrun"


def _model(dataset: Dataset) -> tuple[str, str]:
    return dataset.embedding_provider, dataset.embedding_model
