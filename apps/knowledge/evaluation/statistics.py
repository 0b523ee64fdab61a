"""How sure a mean, and a difference of means, is. Pure and repeatable: the seed is fixed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

SEED = 7
LEVEL = 0.05
_SAMPLES = 1000
_FLIPS = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two settings on the same cases, second less first: its mean, 95 % interval and two-sided p."""

    mean: float
    interval: Interval
    p: float

    @property
    def is_gain(self) -> bool:
        return self.interval.low > 0 and self.p < LEVEL

    @property
    def is_loss(self) -> bool:
        return self.interval.high < 0 and self.p < LEVEL


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def bootstrap(values: Sequence[float]) -> Interval:
    """The 95 % percentile interval of the mean."""
    if not values:
        return Interval(0.0, 0.0)
    rng, count = random.Random(SEED), len(values)
    means = sorted(sum(rng.choices(values, k=count)) / count for _ in range(_SAMPLES))
    return Interval(means[int(0.025 * _SAMPLES)], means[int(0.975 * _SAMPLES) - 1])


def paired_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Two-sided paired randomisation test on the mean difference: how often chance alone makes one as large."""
    differences = [x - y for x, y in zip(first, second, strict=True)]
    seen = abs(sum(differences))
    rng = random.Random(SEED)
    as_large = sum(_flipped(differences, rng) >= seen - 1e-12 for _ in range(_FLIPS))
    return (1 + as_large) / (_FLIPS + 1)


def compare(before: Sequence[float], after: Sequence[float]) -> Difference:
    differences = [y - x for x, y in zip(before, after, strict=True)]
    return Difference(mean(differences), bootstrap(differences), paired_p(before, after))


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _flipped(differences: Sequence[float], rng: random.Random) -> float:
    return abs(sum(each if rng.random() < 0.5 else -each for each in differences))
