"""How good a ranked answer is: the usual measures over the ranks at which what was expected came.

Pure; knows nothing of passages. nDCG has linear gain and the log2 discount, as trec_eval computes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The first one is what settings are chosen by.
NDCG = "ndcg@10"
RECALL = "recall@10"
METRICS = (NDCG, "recall@5", RECALL, "precision@5", "mrr@10", "hit@1")
# How deep a list has to be for all of them.
DEPTH = 10


@dataclass(frozen=True, slots=True)
class Expected:
    """Something that should have been found: how much it matters (from 1), and its rank from 1, or None."""

    grade: int
    rank: int | None


def ndcg(expected: Sequence[Expected], k: int = 10) -> float:
    """From 0 to 1. Two things found in one passage share its rank, and could pass the ideal: 1 at most."""
    gain = sum(each.grade / math.log2(each.rank + 1) for each in expected if each.rank is not None and each.rank <= k)
    best = sorted((each.grade for each in expected), reverse=True)[:k]
    ideal = sum(grade / math.log2(index + 2) for index, grade in enumerate(best))
    return min(1.0, gain / ideal) if ideal else 0.0


def recall(expected: Sequence[Expected], k: int) -> float:
    return sum(_within(each, k) for each in expected) / len(expected) if expected else 0.0


def mrr(expected: Sequence[Expected], k: int = 10) -> float:
    return max((1 / each.rank for each in expected if each.rank is not None and each.rank <= k), default=0.0)


def hit(expected: Sequence[Expected], k: int = 1) -> float:
    return float(any(_within(each, k) for each in expected))


def precision(relevant: Sequence[bool], k: int) -> float:
    """`relevant` says of each rank whether what stands there is of anything expected; a short list has empty ranks."""
    return sum(relevant[:k]) / k


def scores(expected: Sequence[Expected], relevant: Sequence[bool]) -> dict[str, float]:
    """Every measure in `METRICS` for one question."""
    return {
        NDCG: ndcg(expected, 10),
        "recall@5": recall(expected, 5),
        RECALL: recall(expected, 10),
        "precision@5": precision(relevant, 5),
        "mrr@10": mrr(expected, 10),
        "hit@1": hit(expected, 1),
    }


def column(rows: Sequence[Mapping[str, float]], metric: str) -> list[float]:
    return [row.get(metric, 0.0) for row in rows]


def _within(expected: Expected, k: int) -> bool:
    return expected.rank is not None and expected.rank <= k
