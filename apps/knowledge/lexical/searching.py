"""Searching chunks by their terms: candidates by the rarest terms of the question, scored as BM25 does."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Avg, Count

from apps.knowledge.allowed import Allowed
from apps.knowledge.analysis import terms_of
from apps.knowledge.models import Chunk

_K1, _B = 1.2, 0.75
# Candidates are the chunks of the rarest terms, until about so many are found; in small datasets that is all of them.
_CANDIDATES = 1000
_MAX_QUERY_TERMS = 200

_FREQUENCIES = """
SELECT term, (SELECT count(*) FROM knowledge_chunk WHERE terms @> ARRAY[term] AND dataset_id = ANY(%s))
FROM unnest(%s::text[]) AS term
"""


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
    return _ranked(dataset_ids, query, allowed)[:depth]


def placed(
    dataset_ids: Sequence[UUID], query: str, chunk_ids: Collection[UUID], allowed: Allowed | None = None
) -> list[Placed]:
    """Score and rank of single chunks, for saying why they were not found."""
    wanted = set(chunk_ids)
    found = {
        each.chunk_id: Placed(each.chunk_id, each.score, rank)
        for rank, each in enumerate(_ranked(dataset_ids, query, allowed), start=1)
        if each.chunk_id in wanted
    }
    return [found.get(chunk_id, Placed(chunk_id, 0.0, None)) for chunk_id in chunk_ids]


def _ranked(dataset_ids: Sequence[UUID], query: str, allowed: Allowed | None) -> list[Scored]:
    terms = list(dict.fromkeys(terms_of(query)))[:_MAX_QUERY_TERMS]
    chunks = Chunk.objects.filter(dataset_id__in=dataset_ids, n_terms__gt=0)
    facts = chunks.aggregate(count=Count("id"), average=Avg("n_terms"))
    if not terms or not facts["count"]:
        return []
    frequencies = _frequencies(dataset_ids, terms)
    weights = {
        term: math.log(1 + (facts["count"] - count + 0.5) / (count + 0.5)) for term, count in frequencies.items()
    }
    if allowed is not None:
        if allowed.documents is not None:
            chunks = chunks.filter(document_id__in=allowed.documents)
        chunks = chunks.exclude(document_id__in=allowed.without_documents).exclude(id__in=allowed.without_chunks)
    rows = chunks.filter(terms__overlap=_rarest(frequencies)).values_list("id", "terms", "n_terms")
    average = float(facts["average"] or 1)
    scored = [Scored(id_, _bm25(Counter(found), length / average, weights)) for id_, found, length in rows.iterator()]
    return sorted(scored, key=lambda each: (-each.score, each.chunk_id))


def _frequencies(dataset_ids: Sequence[UUID], terms: Sequence[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_FREQUENCIES, [list(dataset_ids), list(terms)])
        return dict(cursor.fetchall())


def _rarest(frequencies: dict[str, int]) -> list[str]:
    chosen: list[str] = []
    reached = 0
    for term, count in sorted(frequencies.items(), key=lambda each: (each[1], each[0])):
        if chosen and reached + count > _CANDIDATES:
            break
        chosen.append(term)
        reached += count
    return chosen


def _bm25(found: Counter[str], relative_length: float, weights: dict[str, float]) -> float:
    norm = _K1 * (1 - _B + _B * relative_length)
    return sum(weight * found[term] / (found[term] + norm) for term, weight in weights.items() if term in found)
