"""Two sets of outcomes side by side: what differs, how surely, and for which cases.

Pure over what is stored. Only cases that asked and expected the same both times are compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.knowledge.evaluation import metrics, statistics

_MAX_TOLD = 50
# A change of nDCG or of the first rank that is worth a person's look.
_NOTABLE = 0.01


@dataclass(frozen=True, slots=True)
class Measured:
    """An outcome as far as comparing needs it."""

    case_id: UUID
    digest: str
    question: str
    scores: Mapping[str, float]
    ranks: list[int | None]


def compare(before: Sequence[Measured], after: Sequence[Measured]) -> dict[str, Any]:
    """`{"cases", "metrics": {name: {before, after, difference, low, high, p}}, "worse", "better"}`."""
    known = {each.case_id: each for each in before}
    pairs = [
        (known[each.case_id], each)
        for each in after
        if each.case_id in known and known[each.case_id].digest == each.digest
    ]
    changes = sorted(pairs, key=lambda pair: pair[1].scores[metrics.NDCG] - pair[0].scores[metrics.NDCG])
    worse = [pair for pair in changes if _change(pair) < -_NOTABLE]
    better = [pair for pair in reversed(changes) if _change(pair) > _NOTABLE]
    return {
        "cases": len(pairs),
        "metrics": {name: _difference(pairs, name) for name in metrics.METRICS},
        "worse": [_shape(pair) for pair in worse[:_MAX_TOLD]],
        "worse_count": len(worse),
        "better": [_shape(pair) for pair in better[:_MAX_TOLD]],
        "better_count": len(better),
    }


def summary(rows: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Every measure's mean with its interval."""
    found: dict[str, dict[str, float]] = {}
    for name in metrics.METRICS:
        values = metrics.column(rows, name)
        interval = statistics.bootstrap(values)
        found[name] = {
            "mean": _rounded(statistics.mean(values)),
            "low": _rounded(interval.low),
            "high": _rounded(interval.high),
        }
    return found


def difference_shape(difference: statistics.Difference) -> dict[str, float]:
    return {
        "difference": _rounded(difference.mean),
        "low": _rounded(difference.interval.low),
        "high": _rounded(difference.interval.high),
        "p": _rounded(difference.p),
    }


def is_loss(shape: Mapping[str, Any]) -> bool:
    """Whether a metric of `compare` fell beyond what chance does."""
    return bool(shape["high"] < 0 and shape["p"] < statistics.LEVEL)


def _difference(pairs: Sequence[tuple[Measured, Measured]], name: str) -> dict[str, float]:
    before = [pair[0].scores.get(name, 0.0) for pair in pairs]
    after = [pair[1].scores.get(name, 0.0) for pair in pairs]
    return {
        "before": _rounded(statistics.mean(before)),
        "after": _rounded(statistics.mean(after)),
        **difference_shape(statistics.compare(before, after)),
    }


def _change(pair: tuple[Measured, Measured]) -> float:
    return pair[1].scores[metrics.NDCG] - pair[0].scores[metrics.NDCG]


def _shape(pair: tuple[Measured, Measured]) -> dict[str, Any]:
    before, after = pair
    return {
        "case_id": str(after.case_id),
        "question": after.question,
        "before": {"ranks": before.ranks, metrics.NDCG: _rounded(before.scores[metrics.NDCG])},
        "after": {"ranks": after.ranks, metrics.NDCG: _rounded(after.scores[metrics.NDCG])},
    }


def _rounded(value: float) -> float:
    return round(value, 4)
