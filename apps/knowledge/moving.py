"""A dataset's vectors on their way: to another store, or to another embedding model, while it is searched and changed.

The next generation is filled beside the live one and takes its place in one step, once nothing is missing in it and
nothing changed since that was seen. A process that dies is followed by one that goes on with what is there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby
from uuid import UUID

from django.db import connection, transaction

from apps.knowledge import index, vectors
from apps.knowledge.models import Chunk, ChunkKind, Dataset
from apps.knowledge.vectors import Collection, VectorStore
from apps.providers import services as providers
from weft.db.aio import call_db
from weft.http import egress

logger = logging.getLogger(__name__)

_BATCH = 256
_PAGE = 2000
# So often may a dataset change under our hands before that is an error to be told.
_MAX_PASSES = 50

Progress = Callable[[int, int], None]


class Busy(Exception):
    """Another process moves the dataset, or it changes faster than it can be moved."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to. Vectors are copied where the model stays, unless they are to be made `anew`."""

    vector_store: str
    embedding_provider: str
    embedding_model: str
    anew: bool = False


@transaction.atomic
def start(
    dataset_id: UUID, *, store: str | None = None, model: tuple[str, str] | None = None, anew: bool = False
) -> Target:
    """Note where to; `run` does it. What was on its way elsewhere is given up."""
    dataset = Dataset.objects.select_for_update().get(id=dataset_id)
    provider, name = model or (dataset.embedding_provider, dataset.embedding_model)
    target = Target(store or dataset.vector_store, provider, name, anew)
    if dataset.moving and dataset.moving != asdict(target):
        before = Target(**dataset.moving)
        transaction.on_commit(partial(_forget, before.vector_store, _next(dataset)))
    dataset.moving = asdict(target)
    dataset.save(update_fields=["moving", "updated_at"])
    return target


def start_in_background(dataset_id: UUID, *, store: str | None = None, model: tuple[str, str] | None = None) -> None:
    from apps.knowledge import tasks  # tasks import this

    start(dataset_id, store=store, model=model)
    transaction.on_commit(partial(tasks.move_vectors.delay, str(dataset_id)))


def run(dataset_id: UUID, progress: Progress = lambda done, total: None) -> bool:
    """Fill and switch. False when there was nothing to do. Raises Busy, ModelError and VectorStoreError; what is done
    by then stays done."""
    with _alone(dataset_id):
        dataset = Dataset.objects.filter(id=dataset_id).first()
        if dataset is None or not dataset.moving:
            return False
        target = Target(**dataset.moving)
        for _ in range(_MAX_PASSES):
            revision = Dataset.objects.values_list("revision", flat=True).filter(id=dataset_id).first()
            if revision is None:
                _forget(target.vector_store, _next(dataset))
                return False
            changed = _fill(dataset, target, progress)
            if not changed and _switch(dataset, target, revision):
                _forget(dataset.vector_store, vectors.collection_of(dataset))
                settle(dataset_id)
                return True
        raise Busy(f"The dataset {dataset.name} changes faster than its vectors can be moved. Try again later.")


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
            Chunk.objects.filter(id__in=lost[start_ : start_ + _PAGE]).update(is_indexed=False)
        index.touch(dataset_id)
    egress.run_sync(lambda: vectors.forget_ids(dataset, strays))
    return len(lost), len(strays)


def _fill(dataset: Dataset, target: Target, progress: Progress) -> int:
    """Bring the next generation in step with the chunks that have a vector. Returns how many were put or taken."""
    store, collection = vectors.store_named(target.vector_store), _next(dataset)
    there = egress.run_sync(lambda: store.ids(collection))
    searched = Chunk.objects.filter(dataset=dataset, is_indexed=True).exclude(kind=ChunkKind.PARENT)
    wanted = dict(searched.order_by("document_id", "position", "id").values_list("id", "document_id"))
    strays = list(there - wanted.keys())
    egress.run_sync(lambda: store.forget_ids(collection, strays))
    missing = [chunk_id for chunk_id in wanted if chunk_id not in there]
    done = len(wanted) - len(missing)
    for start_ in range(0, len(missing), _BATCH):
        batch = {chunk_id: wanted[chunk_id] for chunk_id in missing[start_ : start_ + _BATCH]}
        _put(dataset, target, store, collection, batch)
        done += len(batch)
        progress(done, len(wanted))
    return len(missing) + len(strays)


def _put(
    dataset: Dataset, target: Target, store: VectorStore, collection: Collection, documents: Mapping[UUID, UUID]
) -> None:
    """Chunks with their documents."""
    texts = _texts(documents)

    async def work() -> None:
        if target.anew or (target.embedding_provider, target.embedding_model) != _model(dataset):
            made = await providers.embed(
                dataset.workspace_id, target.embedding_provider, target.embedding_model, list(texts.values())
            )
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
    Chunk.objects.filter(id__in=lost).update(is_indexed=False)
    return _texts(ids)


def _texts(ids: Iterable[UUID]) -> dict[UUID, str]:
    """What is searched of chunks that have a vector."""
    return {each.id: index.searched_text(each) for each in Chunk.objects.filter(id__in=list(ids), is_indexed=True)}


@transaction.atomic
def _switch(dataset: Dataset, target: Target, revision: int) -> bool:
    """Whether nothing changed since `revision`, so that the next generation is the live one from now on."""
    now = Dataset.objects.select_for_update().filter(id=dataset.id).first()
    if now is None or now.revision != revision or now.moving != asdict(target):
        return False
    if target.embedding_model != now.embedding_model or target.embedding_provider != now.embedding_provider:
        # what the model can read is tried anew
        now.reading = {}
    now.vector_store, now.generation = target.vector_store, now.generation + 1
    now.embedding_provider, now.embedding_model = target.embedding_provider, target.embedding_model
    now.moving = {}
    now.save()
    index.touch(now.id)
    return True


@contextmanager
def _alone(dataset_id: UUID) -> Iterator[None]:
    """One process at a time. The lock is the connection's, and so ends with a process that dies."""
    key = f"moving:{dataset_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        if cursor.fetchone() != (True,):
            raise Busy("Another process is moving this dataset's vectors.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _next(dataset: Dataset) -> Collection:
    return Collection(dataset.id, dataset.generation + 1)


def _model(dataset: Dataset) -> tuple[str, str]:
    return dataset.embedding_provider, dataset.embedding_model


def _forget(store: str, collection: Collection) -> None:
    from apps.knowledge import tasks  # tasks import this

    tasks.now_or_later(tasks.forget_collection, store, str(collection.dataset_id), collection.generation)
