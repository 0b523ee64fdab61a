"""Bringing chunks into the index and out of it, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.knowledge.analysis import terms_of
from apps.knowledge.models import Chunk


@dataclass(frozen=True, slots=True)
class Entry:
    """A chunk as the index takes it. Entries of one call may belong to several documents."""

    chunk_id: UUID
    document_id: UUID
    text: str


def add(dataset_id: UUID, entries: Sequence[Entry]) -> None:
    """Searchable once the transaction commits. Adding a chunk again replaces it."""
    for entry in entries:
        terms = terms_of(entry.text)
        Chunk.objects.filter(id=entry.chunk_id, dataset_id=dataset_id).update(terms=terms, n_terms=len(terms))


def remove(dataset_id: UUID, chunk_ids: Sequence[UUID]) -> None:
    Chunk.objects.filter(dataset_id=dataset_id, id__in=chunk_ids).update(terms=[], n_terms=0)


def remove_documents(dataset_id: UUID, document_ids: Sequence[UUID]) -> None:
    Chunk.objects.filter(dataset_id=dataset_id, document_id__in=document_ids).update(terms=[], n_terms=0)


def clear(dataset_id: UUID) -> None:
    Chunk.objects.filter(dataset_id=dataset_id).update(terms=[], n_terms=0)
