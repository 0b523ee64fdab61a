"""Requests that wait for their turn, in the order in which they should have it. Knows no pages.

A request's rank is the latest moment at which it could still begin and be in time, as far as that is known when it
arrives; so whoever waits long comes first in the end, whatever arrives later.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass

from inference.cost import CostModel, StepShape
from inference.request import Hints
from inference.sequence import Sequence

_TARGET_S = {"interactive": 2.0, "batch": 60.0, "idle": 3600.0}


@dataclass(frozen=True, slots=True)
class Order:
    """Which of the hints count; all of them, but where one is studied alone."""

    critical_path: bool = True
    run_age: bool = True
    gangs: bool = True


FCFS = Order(critical_path=False, run_age=False, gangs=False)


def rank(hints: Hints, arrived: float, own_s: float, order: Order) -> float:
    """The clock's time by which the request should begin.

    Everybody has a target by the service, counted from the run's start, so that late calls of an old run do not queue
    behind new runs (program-level service as in Autellix, arXiv 2502.13965). A deadline, less what the request itself
    takes, counts where it is earlier: who names one is never served later for it. What follows on the critical path
    comes off both.
    """
    remaining_s = hints.remaining_ms / 1000 if order.critical_path else 0.0
    age_s = hints.run_age_ms / 1000 if order.run_age else 0.0
    latest_s = _TARGET_S[hints.service] - age_s
    if hints.deadline_ms is not None:
        latest_s = min(latest_s, hints.deadline_ms / 1000 - own_s)
    return arrived + latest_s - remaining_s


def urgent(decoding: list[Sequence], cost: CostModel, limit_s: float | None) -> list[Sequence]:
    """Of those who decode, the ones who cannot rest: by rank, as many as make a step of `limit_s`, 8 at least; all
    where it is None. Whoever rests keeps its pages and becomes urgent in time, for ranks do not change while the clock
    goes on.
    """
    if limit_s is None:
        return decoding
    ordered = sorted(decoding, key=lambda each: each.rank)
    n_kv = 0
    for count, sequence in enumerate(ordered, 1):
        n_kv += sequence.n_computed
        if count > 8 and cost.predict(StepShape(0, count, n_kv, 0)) > limit_s:
            return ordered[: count - 1]
    return ordered


class WaitingQueue:
    """Lowest rank first; siblings of a gang together, the longest of them first, for the join waits for the last. One
    that comes after the first of them gains by it its service's target at most."""

    def __init__(self, order: Order | None = None) -> None:
        self._order = order or Order()
        self._items: list[tuple[float, float, float, str, Sequence]] = []
        self._gangs: dict[str, tuple[float, int]] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Sequence]:
        """In order."""
        return iter([item[-1] for item in self._items])

    def late(self, now: float) -> list[Sequence]:
        """Those that asked to be dropped by now. Who was set back has begun, and is not."""
        return [
            each
            for each in self
            if each.params.drop_after_ms is not None
            and each.begun is None
            and now > each.arrived + each.params.drop_after_ms / 1000
        ]

    def add(self, sequence: Sequence) -> None:
        hints = sequence.params.hints
        key = sequence.rank
        if self._order.gangs and hints.gang:
            first, count = self._gangs.get(hints.siblings, (key, 0))
            self._gangs[hints.siblings] = first, count + 1
            # a gang that gets new members all the time would be before everybody else for ever
            key = max(first, key - _TARGET_S[hints.service])
        longest_first = -float(sequence.expected) if hints.gang else 0.0
        insort(self._items, (key, longest_first, sequence.arrived, sequence.request_id, sequence))

    def remove(self, sequence: Sequence) -> None:
        self._items = [item for item in self._items if item[-1] is not sequence]
        name = sequence.params.hints.siblings
        if name in self._gangs:
            key, count = self._gangs[name]
            if count == 1:
                del self._gangs[name]
            else:
                self._gangs[name] = key, count - 1
