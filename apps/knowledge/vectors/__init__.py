"""Vectors: which store a dataset's lie in, and how it is asked (see `store.VectorStore`)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from apps.knowledge.models import Dataset
from apps.knowledge.models import VectorStore as StoreName
from apps.knowledge.vectors.chroma import Chroma
from apps.knowledge.vectors.pgvector import Pgvector
from apps.knowledge.vectors.store import Collection, Vector, VectorStore, VectorStoreError

__all__ = [
    "Collection",
    "Vector",
    "VectorStore",
    "VectorStoreError",
    "collection_of",
    "forget_dataset",
    "forget_document",
    "forget_ids",
    "store_named",
    "store_of",
]

_STORES: dict[str, VectorStore] = {StoreName.CHROMA: Chroma(), StoreName.PGVECTOR: Pgvector()}


def store_of(dataset: Dataset) -> VectorStore:
    return store_named(dataset.vector_store)


def store_named(name: str) -> VectorStore:
    return _STORES[name]


def collection_of(dataset: Dataset) -> Collection:
    """The live one, which searches ask."""
    return Collection(dataset.id, dataset.generation)


async def forget_dataset(store: str, live: Collection) -> None:
    """The live collection of a dataset which is gone, and the one that may have been filling."""
    for collection in _live_and_next(live):
        await store_named(store).forget(collection)


async def forget_document(dataset: Dataset, document_id: UUID) -> None:
    for collection in _live_and_next(collection_of(dataset)):
        await store_of(dataset).forget_document(collection, document_id)


async def forget_ids(dataset: Dataset, ids: Sequence[UUID]) -> None:
    for collection in _live_and_next(collection_of(dataset)):
        await store_of(dataset).forget_ids(collection, ids)


def _live_and_next(live: Collection) -> tuple[Collection, Collection]:
    """Embedding anew fills the next generation while the live one is searched."""
    return live, Collection(live.dataset_id, live.generation + 1)
