"""Asking the index: the question's terms, the pages they are in, BM25 over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from apps.knowledge.allowed import Allowed
from apps.knowledge.analysis import terms_of_query
from apps.knowledge.lexical import rows
from apps.knowledge.lexical.postings import Numbers, hash_of, unpacked
from apps.knowledge.lexical.roster import Choice
from apps.knowledge.lexical.scoring import Searched, best, score

# Of longer questions, the single characters go first (their pairs stay), then what comes last.
_MAX_TERMS = 256


@dataclass(frozen=True, slots=True)
class Scored:
    """`score` is raw BM25: above 0, without an upper bound, comparable between chunks for one question."""

    chunk_id: UUID
    score: float


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a chunk stands for a question, from 1 and however deep; score 0 and rank None when it has no term of it."""

    chunk_id: UUID
    score: float
    rank: int | None


def search(dataset_ids: Sequence[UUID], query: str, depth: int, allowed: Allowed | None = None) -> list[Scored]:
    """The best chunks that are allowed, best first, ties by id. Datasets searched at once are one collection."""
    segments, scores = _scored(dataset_ids, query, allowed)
    return [Scored(*pair) for pair in best(segments, scores, depth)]


def placed(
    dataset_ids: Sequence[UUID], query: str, chunk_ids: Collection[UUID], allowed: Allowed | None = None
) -> list[Placed]:
    """Score and rank of single chunks, for saying why they were not found."""
    segments, scores = _scored(dataset_ids, query, allowed)
    found: dict[UUID, float] = {}
    for segment, each in zip(segments, scores, strict=True):
        numbers = segment.roster.numbers_of(chunk_ids)
        numbers = numbers[each[numbers] > 0]
        found.update(zip(segment.roster.chunk_ids(numbers), each[numbers].tolist(), strict=True))
    return [_place(chunk_id, found.get(chunk_id, 0.0), segments, scores) for chunk_id in chunk_ids]


def _place(chunk_id: UUID, own: float, segments: Sequence[Searched], scores: Sequence[Numbers]) -> Placed:
    if not own:
        return Placed(chunk_id, 0.0, None)
    before = sum(int((each > own).sum()) for each in scores)
    for segment, each in zip(segments, scores, strict=True):
        ties = segment.roster.chunk_ids(np.flatnonzero(each == own))
        before += sum(other < chunk_id for other in ties)
    return Placed(chunk_id, own, before + 1)


def ids(dataset_id: UUID) -> set[UUID]:
    """Every chunk that the index has."""
    segments = rows.segments_of(dataset_id)
    return {id_ for each in segments for id_ in each.roster.chunk_ids(np.flatnonzero(each.live_mask))}


def _scored(dataset_ids: Sequence[UUID], query: str, allowed: Allowed | None) -> tuple[list[Searched], list[Numbers]]:
    question = Counter(map(hash_of, _chosen(terms_of_query(query))))
    if not question or not dataset_ids:
        return [], []
    choice = Choice.of(allowed) if allowed else None
    segments, pages = rows.asked(dataset_ids, sorted({term >> 32 for term in question}))
    searched = [
        Searched(
            roster=each.roster,
            live=each.live,
            may=each.roster.mask(choice) if choice else None,
            postings=_found(pages.get(each.id, ()), question),
        )
        for each in segments
    ]
    return searched, score(searched, question)


def _chosen(terms: Sequence[str]) -> list[str]:
    if len(set(terms)) > _MAX_TERMS:
        kept = set(sorted(dict.fromkeys(terms), key=lambda term: len(term) == 1)[:_MAX_TERMS])
        return [term for term in terms if term in kept]
    return list(terms)


def _found(pages: Iterable[bytes], question: Mapping[int, int]) -> dict[int, tuple[Numbers, Numbers]]:
    """The postings of the question's terms, of those that are in these pages of one segment."""
    asked = np.array(sorted(question), np.uint64)
    found = {}
    for page in pages:
        each = unpacked(page)
        # the page's hashes begin alike: the question's between its first and last are few
        wanted = asked[asked.searchsorted(each.terms[0]) : asked.searchsorted(each.terms[-1], "right")]
        for place in each.terms.searchsorted(wanted).tolist():
            if (term := int(each.terms[place])) in question:
                start = int(each.ends[place - 1]) if place else 0
                found[term] = (each.chunks[start : each.ends[place]], each.counts[start : each.ends[place]])
    return found
