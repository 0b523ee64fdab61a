"""Who is in a segment: its chunks in the order of their numbers, which is that of their ids, with length and document.

Pure. A roster never changes, so processes keep those they have read (see `rows`).

The bytes: ids of the chunks (16 each), their lengths in terms (u4), the places of their documents (u4), and the ids of
the documents.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from apps.knowledge.allowed import Allowed
from apps.knowledge.lexical.postings import Numbers

# numpy leaves out zeros at the end of one such value, never of an array's bytes; compared, both are the same
_ID = np.dtype("S16")


@dataclass(frozen=True, slots=True)
class Choice:
    """What is allowed, as rosters compare it: made once for all segments of a search."""

    documents: Set[bytes] | None
    without_documents: Set[bytes]
    without_chunks: Numbers

    @staticmethod
    def of(allowed: Allowed) -> Choice:
        return Choice(
            documents=None if allowed.documents is None else set(_ids(allowed.documents).tolist()),
            without_documents=set(_ids(allowed.without_documents).tolist()),
            without_chunks=_ids(allowed.without_chunks),
        )


@dataclass(frozen=True, slots=True)
class Roster:
    ids: Numbers
    lengths: Numbers
    places: Numbers
    documents: Numbers

    @property
    def size(self) -> int:
        return len(self.ids)

    @property
    def n_bytes(self) -> int:
        return 24 * self.size + 16 * len(self.documents)

    def chunk_ids(self, numbers: Numbers) -> list[UUID]:
        data = self.ids[numbers].tobytes()
        return [UUID(bytes=data[start : start + 16]) for start in range(0, len(data), 16)]

    def numbers_of(self, chunk_ids: Collection[UUID]) -> Numbers:
        """Of those that are here."""
        return self._found(_ids(chunk_ids))

    def numbers_in(self, document_ids: Collection[UUID]) -> Numbers:
        return np.flatnonzero(self._is_of(set(_ids(document_ids).tolist())))

    def mask(self, choice: Choice) -> Numbers:
        """True for each chunk that may be found."""
        may = np.ones(self.size, bool)
        if choice.documents is not None:
            may &= self._is_of(choice.documents)
        if choice.without_documents:
            may &= ~self._is_of(choice.without_documents)
        may[self._found(choice.without_chunks)] = False
        return may

    def _is_of(self, documents: Set[bytes]) -> Numbers:
        chosen = np.fromiter((each in documents for each in self.documents.tolist()), bool, len(self.documents))
        return chosen[self.places]

    def _found(self, wanted: Numbers) -> Numbers:
        places: Numbers = np.searchsorted(self.ids, wanted)
        inside = places < self.size
        places, wanted = places[inside], wanted[inside]
        here: Numbers = places[self.ids[places] == wanted]
        return here

    def dump(self) -> bytes:
        columns = (self.ids, self.lengths.astype("<u4"), self.places.astype("<u4"), self.documents)
        return b"".join(each.tobytes() for each in columns)


def load(data: bytes, size: int) -> Roster:
    return Roster(
        ids=np.frombuffer(data, _ID, size),
        lengths=np.frombuffer(data, "<u4", size, 16 * size),
        places=np.frombuffer(data, "<u4", size, 20 * size),
        documents=np.frombuffer(data, _ID, -1, 24 * size),
    )


def of(members: Iterable[tuple[UUID, UUID, int]]) -> Roster:
    """Of (chunk, document, length), which come in the order of the chunks' ids."""
    rows = list(members)
    places: dict[UUID, int] = {}
    where = [places.setdefault(document, len(places)) for _, document, _ in rows]
    return Roster(
        ids=_ids(chunk for chunk, _, _ in rows),
        lengths=np.array([length for _, _, length in rows], np.uint32),
        places=np.array(where, np.uint32),
        documents=_ids(places),
    )


def merge(parts: Sequence[tuple[Roster, Numbers]]) -> tuple[Roster, list[Numbers]]:
    """Several as one, of each the chunks whose mask is true; and their new numbers, -1 for the others."""
    ids = np.concatenate([roster.ids[live] for roster, live in parts])
    lengths = np.concatenate([roster.lengths[live] for roster, live in parts])
    documents, places = np.unique(
        np.concatenate([roster.documents[roster.places[live]] for roster, live in parts]), return_inverse=True
    )
    order = np.argsort(ids, kind="stable")
    new = np.empty(len(order), np.int64)
    new[order] = np.arange(len(order))
    renumbered = []
    for _, live in parts:
        numbers = np.full(len(live), -1, np.int64)
        count = int(live.sum())
        numbers[live], new = new[:count], new[count:]
        renumbered.append(numbers)
    return Roster(ids[order], lengths[order], places[order].astype(np.uint32), documents), renumbered


def _ids(ids: Iterable[UUID]) -> Numbers:
    data = b"".join(each.bytes for each in ids)
    return np.frombuffer(data, _ID) if data else np.empty(0, _ID)
