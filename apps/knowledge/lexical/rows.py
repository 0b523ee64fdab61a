"""The index in PostgreSQL: segments and pages as rows. Knows SQL; what postings and rosters mean, others know.

Asks in binary (see `weft.db.bound`): as text, bytes travel at twice their size.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db import connection

from apps.knowledge.lexical import roster as rosters
from apps.knowledge.lexical.postings import Numbers
from apps.knowledge.lexical.roster import Roster
from weft.db import bound

# Rosters that a process keeps: about 25 bytes a chunk
_KEPT_BYTES = 64 * 1024 * 1024

_HEADS = """
SELECT id, size, bits, deleted, CASE WHEN id = ANY(%s::bigint[]) THEN NULL ELSE chunks END
FROM knowledge_lexicalsegment WHERE dataset_id = ANY(%s::uuid[]) ORDER BY id
"""
# One statement is one moment: a merge that ends meanwhile cannot take a segment away between its head and its pages.
# OFFSET 0 keeps the planner from reading all pages, of which it knows too little.
_ASKED = """
WITH segment AS MATERIALIZED (
    SELECT id, size, bits, deleted, CASE WHEN id = ANY(%s::bigint[]) THEN NULL ELSE chunks END AS chunks
    FROM knowledge_lexicalsegment WHERE dataset_id = ANY(%s::uuid[])
), wanted AS MATERIALIZED (
    SELECT DISTINCT segment.id, (prefix >> (32 - segment.bits))::int AS number
    FROM segment, unnest(%s::bigint[]) AS prefix
)
SELECT id, size, bits, deleted, chunks FROM segment
UNION ALL
SELECT wanted.id, NULL, NULL, NULL, page.postings
FROM wanted, LATERAL (
    SELECT postings FROM knowledge_lexicalpage
    WHERE segment_id = wanted.id AND number = wanted.number OFFSET 0
) AS page
"""
_PAGES = """
SELECT postings FROM knowledge_lexicalpage
WHERE segment_id = %s AND number >= %s AND number < %s ORDER BY number
"""


@dataclass(frozen=True, slots=True)
class Segment:
    id: int
    bits: int
    roster: Roster
    deleted: bytes | None

    @property
    def live(self) -> Numbers | None:
        """True for each chunk that is not deleted; None while all are."""
        if self.deleted is None:
            return None
        return ~np.unpackbits(np.frombuffer(self.deleted, np.uint8), count=self.roster.size).astype(bool)

    @property
    def live_mask(self) -> Numbers:
        live = self.live
        return np.ones(self.roster.size, bool) if live is None else live


def lock(dataset_id: UUID) -> None:
    """Until the transaction ends, nobody else changes the dataset's segments."""
    bound.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", f"lexical:{dataset_id}")


def try_lock_merging(dataset_id: UUID) -> bool:
    """Whether no other process merges the dataset's segments; it holds until the transaction ends."""
    [[taken]] = bound.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", f"lexical merge:{dataset_id}"
    )
    return bool(taken)


def segments_of(dataset_id: UUID) -> list[Segment]:
    kept = _kept.now()
    return [_segment(kept, *row) for row in bound.execute(_HEADS, list(kept), [dataset_id])]


def asked(dataset_ids: Sequence[UUID], prefixes: Sequence[int]) -> tuple[list[Segment], dict[int, list[bytes]]]:
    """All segments, and of each by its id the pages in which terms can be whose hashes begin with these 32 bits."""
    kept = _kept.now()
    segments: list[Segment] = []
    pages: dict[int, list[bytes]] = {}
    for id_, size, bits, deleted, data in bound.execute(_ASKED, list(kept), list(dataset_ids), list(prefixes)):
        if size is None:
            pages.setdefault(id_, []).append(data)
        else:
            segments.append(_segment(kept, id_, size, bits, deleted, data))
    return sorted(segments, key=lambda each: each.id), pages


def pages_of(segment: Segment, first: int, last: int) -> list[bytes]:
    """Those from number `first` on, before `last`."""
    return [row[0] for row in bound.execute(_PAGES, segment.id, first, last)]


def n_bytes(segment_ids: Sequence[int]) -> int:
    sql = """SELECT coalesce(sum(octet_length(postings)), 0) FROM knowledge_lexicalpage
             WHERE segment_id = ANY(%s::bigint[])"""
    [[found]] = bound.execute(sql, list(segment_ids))
    return int(found)


def insert(dataset_id: UUID, roster: Roster, bits: int) -> int:
    sql = """INSERT INTO knowledge_lexicalsegment (dataset_id, size, live, bits, chunks)
             VALUES (%s, %s, %s, %s, %s) RETURNING id"""
    [[id_]] = bound.execute(sql, dataset_id, roster.size, roster.size, bits, roster.dump())
    return int(id_)


def insert_pages(segment_id: int, pages: Iterable[tuple[int, bytes]]) -> None:
    sql = "COPY knowledge_lexicalpage (segment_id, number, postings) FROM STDIN (FORMAT BINARY)"
    with connection.wrap_database_errors, bound.cursor() as cursor, cursor.copy(sql) as copy:
        copy.set_types(["int8", "int4", "bytea"])
        for number, data in pages:
            copy.write_row((segment_id, number, data))


def mark_deleted(segment: Segment, numbers: Numbers) -> None:
    """These too. A segment without a live chunk goes."""
    live = segment.live_mask
    live[numbers] = False
    if not live.any():
        delete([segment.id])
        return
    sql = "UPDATE knowledge_lexicalsegment SET deleted = %s, live = %s WHERE id = %s"
    bound.execute(sql, np.packbits(~live).tobytes(), int(live.sum()), segment.id)


def delete(segment_ids: Sequence[int]) -> None:
    bound.execute("DELETE FROM knowledge_lexicalpage WHERE segment_id = ANY(%s::bigint[])", list(segment_ids))
    bound.execute("DELETE FROM knowledge_lexicalsegment WHERE id = ANY(%s::bigint[])", list(segment_ids))


def clear(dataset_id: UUID) -> None:
    ids = [row[0] for row in bound.execute("SELECT id FROM knowledge_lexicalsegment WHERE dataset_id = %s", dataset_id)]
    delete(ids)


def live_counts(dataset_id: UUID) -> list[tuple[int, int, int]]:
    """Of each segment its id, its chunks and those that are live, the smallest first."""
    sql = "SELECT id, size, live FROM knowledge_lexicalsegment WHERE dataset_id = %s ORDER BY live, id"
    return [tuple(row) for row in bound.execute(sql, dataset_id)]


def _segment(
    kept: Mapping[int, Roster], id_: int, size: int, bits: int, deleted: bytes | None, data: bytes | None
) -> Segment:
    roster = kept[id_] if data is None else rosters.load(data, size)
    _kept.keep(id_, roster)
    return Segment(id_, bits, roster, deleted)


class _Kept:
    """The rosters that were read last, by segment."""

    def __init__(self) -> None:
        self._rosters: OrderedDict[int, Roster] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def now(self) -> dict[int, Roster]:
        with self._lock:
            return dict(self._rosters)

    def keep(self, segment_id: int, roster: Roster) -> None:
        with self._lock:
            if segment_id in self._rosters:
                self._rosters.move_to_end(segment_id)
                return
            self._rosters[segment_id] = roster
            self._bytes += roster.n_bytes
            while self._bytes > _KEPT_BYTES:
                self._bytes -= self._rosters.popitem(last=False)[1].n_bytes


_kept = _Kept()
