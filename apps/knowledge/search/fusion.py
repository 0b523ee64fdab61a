"""One order out of several searches: weighted sums of scores brought to one scale, or reciprocal ranks.

Pure. On the common scale 1 is the best of a leg and 0 the worst that it could still have listed; a passage that a leg
did not list counts 0 there, so a hit of one leg alone may well win.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K")

RRF_K = 60


def scaled(scores: Mapping[K, float], lowest: float) -> dict[K, float]:
    """Scores from 0 at `lowest` to 1 at the best. Where nothing lies between, all are the best."""
    best = max(scores.values(), default=0.0)
    if best <= lowest:
        return dict.fromkeys(scores, 1.0)
    return {key: max(0.0, (score - lowest) / (best - lowest)) for key, score in scores.items()}


def mean(scales: Sequence[Mapping[K, float]]) -> dict[K, float]:
    """Several wordings of one question in one leg: what most of them find well, leads."""
    keys = {key for scale in scales for key in scale}
    return {key: sum(scale.get(key, 0.0) for scale in scales) / len(scales) for key in keys}


def weighted(
    vector: Mapping[K, float], lexical: Mapping[K, float], vector_weight: Callable[[K], float]
) -> dict[K, float]:
    """Both on the common scale; the weight may differ between passages, as they may be of several datasets."""
    fused: dict[K, float] = {}
    for key in {**vector, **lexical}:
        share = vector_weight(key)
        fused[key] = share * vector.get(key, 0.0) + (1.0 - share) * lexical.get(key, 0.0)
    return fused


def reciprocal(
    vector: Mapping[K, float], lexical: Mapping[K, float], vector_weight: Callable[[K], float]
) -> dict[K, float]:
    """Sums of 1 / (60 + rank), 1 for what leads both. A leg that weighs nothing for a passage is not asked."""
    fused: dict[K, float] = {}
    for leg, useless in ((vector, 0.0), (lexical, 1.0)):
        for rank, key in enumerate(ordered(leg), start=1):
            if vector_weight(key) != useless:
                fused[key] = fused.get(key, 0.0) + (RRF_K + 1) / (2 * (RRF_K + rank))
    return fused


def ordered(scores: Mapping[K, float], ties: Mapping[K, int] | None = None) -> list[K]:
    """Best first; ties by the place in `ties`, then by the key's text, so the order never depends on chance."""
    places = ties or {}
    return sorted(scores, key=lambda key: (-scores[key], places.get(key, 0), str(key)))
