"""What a vector store does for knowledge. Knows no product; each has its own module beside this one.

A collection is a cache of the chunk table: nothing is read from it but ids, similarities and the vectors themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.knowledge.allowed import Allowed

Vector = Sequence[float]
Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Collection:
    """The vectors of a dataset in one generation; the next embedding model gets the next generation."""

    dataset_id: UUID
    generation: int


class VectorStoreError(Exception):
    """The store did not do it. `status` is 0 when it did not answer at all, else as HTTP has it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class OtherLengthError(VectorStoreError):
    """Vectors of another length than the collection's. Stores know datasets by their id; `of` says a name."""

    def __init__(self, expected: int, got: int, dataset: str) -> None:
        super().__init__(
            422,
            f"The vectors of the dataset {dataset} have {expected} numbers, and its embedding model gave one of {got}: "
            "it is another model than made them. Choose that one again in the dataset's settings, or have all made "
            "anew with `manage.py migrate_vectors --anew`.",
        )
        self.expected, self.got = expected, got

    def of(self, dataset: str) -> OtherLengthError:
        return OtherLengthError(self.expected, self.got, dataset)


def unit_vectors(vectors: Sequence[Vector]) -> Numbers:
    """Rows of length 1, which is all that a cosine knows; zero stays zero. Refuses what is no number."""
    try:
        rows = np.array(vectors, np.float32).reshape(len(vectors), -1)
    except ValueError as exc:
        raise VectorStoreError(422, "The vectors of one batch have different lengths.") from exc
    if rows.shape[1] == 0 or not np.isfinite(rows).all():
        raise VectorStoreError(
            422, "A vector is empty or holds what is no number. Look at the embedding model's answers."
        )
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths == 0, 1, lengths)).astype(np.float32)


class VectorStore(Protocol):
    """Similarity is the cosine; vectors come back scaled to length 1. A collection that is not there is empty; the
    first `upsert` makes it. Raises VectorStoreError, and OtherLengthError for vectors of another length than those
    that are there; one that was emptied takes any length."""

    async def upsert(
        self, collection: Collection, document_id: UUID, ids: Sequence[UUID], vectors: Sequence[Vector]
    ) -> None:
        """Store chunks of one document; storing one again replaces it."""

    async def query(
        self, collection: Collection, vector: Vector, depth: int, allowed: Allowed | None = None
    ) -> list[tuple[UUID, float]]:
        """The nearest `depth` that are allowed, with their similarity, best first; ties by id."""

    async def read(self, collection: Collection, ids: Sequence[UUID]) -> dict[UUID, list[float]]:
        """The vectors that are there, of these ids."""

    async def count(self, collection: Collection) -> int: ...

    async def ids(self, collection: Collection) -> set[UUID]: ...

    async def ids_of_document(self, collection: Collection, document_id: UUID) -> set[UUID]: ...

    async def forget_ids(self, collection: Collection, ids: Sequence[UUID]) -> None: ...

    async def forget_document(self, collection: Collection, document_id: UUID) -> None: ...

    async def forget(self, collection: Collection) -> None: ...

    async def collections(self, dataset_id: UUID | None = None) -> set[Collection]:
        """All that the store has, or all of one dataset, whether datasets are still there or not."""
