"""Vectors: which store a dataset's lie in, and how it is asked (see `store.VectorStore`)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from apps.knowledge.models import Dataset
from apps.knowledge.models import VectorStore as StoreName
from apps.knowledge.vectors.chroma import Chroma
from apps.knowledge.vectors.pgvector import Pgvector
from apps.knowledge.vectors.store import Collection, OtherLengthError, Vector, VectorStore, VectorStoreError

__all__ = [
    "Collection",
    "OtherLengthError",
    "Vector",
    "VectorStore",
    "VectorStoreError",
    "collection_of",
    "forget_dataset",
    "forget_document",
    "forget_ids",
    "places_of",
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


def places_of(dataset: Dataset) -> list[tuple[str, Collection]]:
    """The store and collection that searches ask, and those that are filled beside them while the vectors move."""
    places = [(dataset.vector_store, collection_of(dataset))]
    if dataset.moving:
        places.append((dataset.moving["vector_store"], Collection(dataset.id, dataset.moving["generation"])))
    return places


async def forget_dataset(dataset_id: UUID, store: str) -> None:
    """Every generation that lies in the store, also those that a move has begun and nobody went on with."""
    place = store_named(store)
    for collection in await place.collections(dataset_id):
        await place.forget(collection)


async def forget_document(dataset: Dataset, document_id: UUID) -> None:
    for store, collection in places_of(dataset):
        await store_named(store).forget_document(collection, document_id)


async def forget_ids(dataset: Dataset, ids: Sequence[UUID]) -> None:
    for store, collection in places_of(dataset):
        await store_named(store).forget_ids(collection, ids)
