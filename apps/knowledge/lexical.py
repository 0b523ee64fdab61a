"""Searching chunks by their terms: candidates by the rarest terms of the question, scored as BM25 does.

Knows PostgreSQL's array index; knows nothing of vectors. The score is BM25 over that of a passage of usual length which
has every term of the question once, at most 1, so it means the same for every question.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.db.models import Avg, Count

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


def search(dataset_ids: Sequence[UUID], query: str, limit: int) -> dict[UUID, float]:
    """The best chunks with their scores."""
    terms = list(dict.fromkeys(terms_of(query)))[:_MAX_QUERY_TERMS]
    chunks = Chunk.objects.filter(dataset_id__in=dataset_ids, is_indexed=True)
    facts = chunks.aggregate(count=Count("id"), average=Avg("n_terms"))
    if not terms or not facts["count"]:
        return {}
    frequencies = _frequencies(dataset_ids, terms)
    weights = {
        term: math.log(1 + (facts["count"] - count + 0.5) / (count + 0.5)) for term, count in frequencies.items()
    }
    rows = chunks.filter(terms__overlap=_rarest(frequencies)).values_list("id", "terms", "n_terms")
    best = sum(weights.values())
    average = float(facts["average"] or 1)
    scores = {id_: _bm25(Counter(found), length / average, weights) / best for id_, found, length in rows.iterator()}
    ranked = sorted(scores.items(), key=lambda each: (-each[1], str(each[0])))
    return {id_: min(1.0, score) for id_, score in ranked[:limit]}


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
    return sum(
        weight * found[term] * (_K1 + 1) / (found[term] + norm) for term, weight in weights.items() if term in found
    )
