"""Bringing chunks into the index and out of it, in the caller's transaction.

Each call writes one segment; small ones are folded into one as they come, larger ones are merged in the background (see
`merging`), so that a question meets few. A dataset's index is changed by one transaction at a time: keep them short.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import numpy as np
from django.db import transaction

from apps.knowledge.analysis import terms_of
from apps.knowledge.lexical import merging, postings, roster, rows
from apps.knowledge.lexical.postings import Postings
from apps.knowledge.lexical.roster import Roster

# Segments below it are written anew with what comes: a few milliseconds, and there is never more than one of them.
FOLDED = 512


@dataclass(frozen=True, slots=True)
class Entry:
    """A chunk as the index takes it. Entries of one call may belong to several documents."""

    chunk_id: UUID
    document_id: UUID
    text: str


@transaction.atomic
def add(dataset_id: UUID, entries: Sequence[Entry]) -> None:
    """Searchable once the transaction commits. Adding a chunk again replaces it."""
    latest = {entry.chunk_id: entry for entry in entries}
    if not latest:
        return
    ordered = [latest[chunk_id] for chunk_id in sorted(latest)]
    parts = [
        _segment(ordered[start : start + postings.MAX_CHUNKS]) for start in range(0, len(ordered), postings.MAX_CHUNKS)
    ]
    rows.lock(dataset_id)
    _delete(dataset_id, latest.keys(), ())
    for members, inverted in parts:
        _insert(dataset_id, *_folded(dataset_id, members, inverted))
    transaction.on_commit(partial(merging.merge_soon, dataset_id))


@transaction.atomic
def remove(dataset_id: UUID, chunk_ids: Collection[UUID]) -> None:
    """What is not there is left out."""
    rows.lock(dataset_id)
    _delete(dataset_id, chunk_ids, ())


@transaction.atomic
def remove_documents(dataset_id: UUID, document_ids: Collection[UUID]) -> None:
    rows.lock(dataset_id)
    _delete(dataset_id, (), document_ids)


@transaction.atomic
def clear(dataset_id: UUID) -> None:
    rows.lock(dataset_id)
    rows.clear(dataset_id)


def _segment(entries: Sequence[Entry]) -> tuple[Roster, Postings]:
    texts = [terms_of(entry.text) for entry in entries]
    members = zip(entries, texts, strict=True)
    return roster.of((each.chunk_id, each.document_id, len(terms)) for each, terms in members), postings.invert(texts)


def _delete(dataset_id: UUID, chunk_ids: Collection[UUID], document_ids: Collection[UUID]) -> None:
    for segment in rows.segments_of(dataset_id):
        gone = segment.roster.numbers_of(chunk_ids) if chunk_ids else segment.roster.numbers_in(document_ids)
        if segment.live is not None:
            gone = gone[segment.live[gone]]
        if len(gone):
            rows.mark_deleted(segment, gone)


def _folded(dataset_id: UUID, members: Roster, inverted: Postings) -> tuple[Roster, Postings]:
    """Together with the dataset's small segment, which then goes."""
    small = [id_ for id_, size, _ in rows.live_counts(dataset_id) if size < FOLDED]
    if not small or members.size + FOLDED > postings.MAX_CHUNKS:
        return members, inverted
    found = [each for each in rows.segments_of(dataset_id) if each.id in small]
    parts = [(members, np.ones(members.size, bool)), *((each.roster, each.live_mask) for each in found)]
    together, numbers = roster.merge(parts)
    read = [
        postings.joined([postings.unpacked(page) for page in rows.pages_of(each, 0, 1 << each.bits)]) for each in found
    ]
    rows.delete(small)
    return together, postings.merge(list(zip([inverted, *read], numbers, strict=True)))


def _insert(dataset_id: UUID, members: Roster, inverted: Postings) -> None:
    bits = postings.bits_for(inverted.n_bytes)
    segment_id = rows.insert(dataset_id, members, bits)
    rows.insert_pages(segment_id, postings.pages(inverted, bits))
