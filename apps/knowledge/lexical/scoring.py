"""BM25 over postings (Lucene's form, k1 = 1.2, b = 0.75). Pure.

    score(chunk) = sum over the question's terms of  idf(term) * n / (n + k1 * (1 - b + b * length / average length))
    idf(term)    = ln(1 + (N - df + 0.5) / (df + 0.5))

N, df and the average length are those of the live chunks of all segments that are searched, exactly; what is not
allowed counts towards them. A term that stands twice in the question counts twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from apps.knowledge.lexical.postings import Numbers
from apps.knowledge.lexical.roster import Roster

_K1, _B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Searched:
    """A segment with what a question needs of it. `live` is None where nothing is deleted, `may` where all may be
    found; postings, chunks with counts, lie under the terms' hashes."""

    roster: Roster
    live: Numbers | None
    may: Numbers | None
    postings: Mapping[int, tuple[Numbers, Numbers]]


def score(segments: Sequence[Searched], question: Mapping[int, int]) -> list[Numbers]:
    """For each segment the scores of its chunks: above 0 where a live, allowed one has a term of the question."""
    weights = _weights(segments, question)
    average = _average_length(segments)
    return [_scores(each, weights, average) for each in segments]


def best(segments: Sequence[Searched], scores: Sequence[Numbers], depth: int) -> list[tuple[UUID, float]]:
    """The highest scores above 0, best first, ties by id."""
    found: list[tuple[UUID, float]] = []
    for segment, each in zip(segments, scores, strict=True):
        numbers = np.flatnonzero(each)
        if len(numbers) > depth:
            floor = np.partition(each[numbers], len(numbers) - depth)[len(numbers) - depth]
            above = numbers[each[numbers] > floor]
            # of those with the last score, the first ids: numbers are in the order of ids
            ties = numbers[each[numbers] == floor][: depth - len(above)]
            numbers = np.concatenate([above, ties])
        found += zip(segment.roster.chunk_ids(numbers), each[numbers].tolist(), strict=True)
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:depth]


def _weights(segments: Sequence[Searched], question: Mapping[int, int]) -> dict[int, float]:
    n_chunks = sum(segment.roster.size if segment.live is None else int(segment.live.sum()) for segment in segments)
    weights = {}
    for term, times in question.items():
        df = sum(_live_count(segment, term) for segment in segments)
        if df:
            weights[term] = times * math.log(1 + (n_chunks - df + 0.5) / (df + 0.5))
    return weights


def _live_count(segment: Searched, term: int) -> int:
    chunks, _ = segment.postings.get(term, ((), ()))
    return len(chunks) if segment.live is None or not len(chunks) else int(segment.live[chunks].sum())


def _average_length(segments: Sequence[Searched]) -> float:
    total = count = 0
    for each in segments:
        lengths = each.roster.lengths if each.live is None else each.roster.lengths[each.live]
        total += int(lengths.sum())
        count += len(lengths)
    return total / count if total else 1.0


def _scores(segment: Searched, weights: Mapping[int, float], average: float) -> Numbers:
    size = segment.roster.size
    found = [(*segment.postings[term], weight) for term, weight in weights.items() if term in segment.postings]
    if not found:
        return np.zeros(size)
    norms = _K1 * (1 - _B + _B / average * segment.roster.lengths)
    chunks = np.concatenate([numbers for numbers, _, _ in found])
    counts = np.concatenate([each for _, each, _ in found])
    weight = np.repeat([each for _, _, each in found], [len(numbers) for numbers, _, _ in found])
    scores = np.bincount(chunks, weight * counts / (counts + norms[chunks]), minlength=size)
    for mask in (segment.live, segment.may):
        if mask is not None:
            scores[~mask] = 0
    return scores
