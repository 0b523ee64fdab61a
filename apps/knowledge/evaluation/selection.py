"""Which of several settings is best on a test set, and how sure that is.

Pure. The best on all cases flatters itself: it was chosen for them. So the gain is measured by cross-validation: on
each fifth of the cases with the setting that the other four fifths choose. Cases about one document stay together.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from apps.knowledge.evaluation import statistics
from apps.knowledge.evaluation.statistics import Difference

FOLDS = 5
# With fewer cases no difference worth having can be told from chance.
MIN_CASES = 20
# The parts that choose and those that judge are about different ones.
MIN_DOCUMENTS = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """`best` is an index; 0, the settings that there are, unless something else is better. `gain` is that of choosing
    in this way over keeping them, on cases that the choice has not seen; `folds` is what each part of the cases chose.
    """

    best: int
    gain: Difference
    folds: list[int]

    @property
    def is_worth_it(self) -> bool:
        return self.best != 0 and self.gain.is_gain


def choose(scores: Sequence[Sequence[float]], costs: Sequence[float], groups: Sequence[str]) -> Choice:
    """`scores[v][c]`: variant v on case c, the first variant being what there is. `groups[c]` is what case c is about.
    Among equals the cheaper wins (`costs[v]`), and the first before any other."""
    count = len(groups)
    parts = _parts(groups)
    best = _best(scores, costs, range(count))
    chosen: list[float] = list(scores[0])
    folds: list[int] = []
    for part in parts:
        inside = set(part)
        winner = _best(scores, costs, [case for case in range(count) if case not in inside])
        folds.append(winner)
        for case in part:
            chosen[case] = scores[winner][case]
    return Choice(best, statistics.compare(scores[0], chosen), folds)


def _best(scores: Sequence[Sequence[float]], costs: Sequence[float], cases: Sequence[int] | range) -> int:
    means = [statistics.mean([each[case] for case in cases]) for each in scores]
    top = max(means)
    if means[0] >= top - 1e-9:
        return 0
    return min((index for index, mean in enumerate(means) if mean >= top - 1e-9), key=lambda i: (costs[i], i))


def _parts(groups: Sequence[str]) -> list[list[int]]:
    """Cases by part. Whole groups, large ones first, go to the part that is smallest so far."""
    members: dict[str, list[int]] = {}
    for case, group in enumerate(groups):
        members.setdefault(group, []).append(case)
    shuffled = sorted(members)
    random.Random(statistics.SEED).shuffle(shuffled)
    parts: list[list[int]] = [[] for _ in range(min(FOLDS, len(shuffled)))]
    for group in sorted(shuffled, key=lambda name: -len(members[name])):
        min(parts, key=len).extend(members[group])
    return parts
