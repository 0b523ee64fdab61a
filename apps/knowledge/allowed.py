"""What a search may find, told to each leg before it looks, so that filters cost no hits."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Allowed:
    """Chunks of these documents alone (None is all), and not of those; and not these chunks."""

    documents: frozenset[UUID] | None = None
    without_documents: frozenset[UUID] = field(default_factory=frozenset)
    without_chunks: frozenset[UUID] = field(default_factory=frozenset)
