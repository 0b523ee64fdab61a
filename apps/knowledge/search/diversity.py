"""Maximal marginal relevance: passages that say again what stands above them come later.

Pure. Likeness is the share of terms that two passages have in common, which needs no vectors and reads every script.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from apps.knowledge.analysis import terms_of

K = TypeVar("K")

# Passages that take part; those after them keep their order.
POOL = 50


def diversified(order: Sequence[K], scores: Mapping[K, float], texts: Mapping[K, str], diversity: float) -> list[K]:
    """`order` anew, best first. A longer list begins with the shorter one, for every choice depends on those above."""
    pool, rest = list(order[:POOL]), list(order[POOL:])
    best = max((scores[key] for key in pool), default=0.0) or 1.0
    terms = {key: frozenset(terms_of(texts.get(key, ""))) for key in pool}
    repeated = dict.fromkeys(pool, 0.0)
    chosen: list[K] = []
    while pool:
        worth = {key: (1 - diversity) * scores[key] / best - diversity * repeated[key] for key in pool}
        # the first of equals, so that diversity 0 changes nothing
        top = max(pool, key=lambda key: worth[key])
        pool.remove(top)
        chosen.append(top)
        for key in pool:
            repeated[key] = max(repeated[key], _likeness(terms[top], terms[key]))
    return chosen + rest


def _likeness(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left and right else 0.0
