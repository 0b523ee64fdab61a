"""Takes out of the vector stores what is deleted: right now, or by message when a store is away.

Searches do not show what is deleted either way. Arguments are those of messages: ids as text.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from apps.knowledge import vectors
from apps.knowledge.dispatch import send
from apps.knowledge.models import Chunk, Dataset, VectorStore
from weft.http import egress

logger = logging.getLogger(__name__)

# How long a batch that was being embedded when its dataset moved, or was deleted, may take to end.
SETTLE_S = 300


def forget(dataset_id: str, document_id: str | None = None, chunk_ids: Sequence[str] = ()) -> None:
    """A document's, or single chunks' vectors. Raises VectorStoreError, as all here do."""
    dataset = Dataset.objects.filter(id=dataset_id).first()
    if dataset is None:
        return
    if document_id is not None:
        egress.run_sync(lambda: vectors.forget_document(dataset, UUID(document_id)))
    # the same text gets the same id again: it may be back
    ids = [UUID(each) for each in chunk_ids]
    live = set(Chunk.objects.filter(id__in=ids).values_list("id", flat=True))
    gone = [each for each in ids if each not in live]
    if gone:
        egress.run_sync(lambda: vectors.forget_ids(dataset, gone))


def forget_chunks(store: str, dataset_id: str, generation: int, chunk_ids: Sequence[str]) -> None:
    """Single chunks' vectors of one collection."""
    collection, ids = vectors.Collection(UUID(dataset_id), generation), [UUID(each) for each in chunk_ids]
    egress.run_sync(lambda: vectors.store_named(store).forget_ids(collection, ids))


def forget_collection(store: str, dataset_id: str, generation: int) -> None:
    """What a dataset has left behind in moving."""
    collection = vectors.Collection(UUID(dataset_id), generation)
    egress.run_sync(lambda: vectors.store_named(store).forget(collection))


def forget_dataset(dataset_id: str, stores: Sequence[str]) -> None:
    """All that a deleted dataset has in any store. One that is away is waited for if it is among `stores`, where its
    vectors were or were going to; nobody may run the others any more."""
    away: vectors.VectorStoreError | None = None
    for store in VectorStore.values:
        try:
            egress.run_sync(partial(vectors.forget_dataset, UUID(dataset_id), store))
        except vectors.VectorStoreError as exc:
            if store in stores:
                away = exc
    if away is not None:
        raise away


def now_or_later(work: Callable[..., None], *args: object) -> None:
    """`work` is one of the above; its task has the same name."""
    try:
        work(*args)
    except vectors.VectorStoreError:
        logger.warning("The vector store is away; %s%s is done later", work.__name__, args)
        send(work.__name__, *args)


def forget_dataset_twice(dataset_id: UUID, stores: Sequence[str]) -> None:
    """Right now, and once more when batches that were on their way have ended."""
    now_or_later(forget_dataset, str(dataset_id), list(stores))
    send("forget_dataset", str(dataset_id), list(stores), countdown=SETTLE_S)
