"""A device that does everything as late and in as bad an order as a real one may, and complains where a real one would
silently compute rubbish.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass
class LateMark:
    lane: LateLane
    place: int
    copy: Callable[[], None] | None = None
    """A copy beside the work, not done yet."""

    def done(self) -> bool:
        self.lane.go_on()
        return self.lane.n_done >= self.place and self.copy is None

    def wait(self) -> None:
        self.lane.work_to(self.place)
        self.lane.finish(self)

    def seconds_since(self, earlier: LateMark) -> float:
        return float(self.place - earlier.place)


@dataclass
class LateLane:
    """Work waits; whenever something is asked of the lane, some is done. Copies to the host are done in any order,
    each at some time after the work before it."""

    dice: random.Random
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    records: bool = True
    recorded: dict[Hashable, Callable[[], None]] = field(default_factory=dict)
    """What was computed under a key the first time is computed again, whatever is handed over later."""
    work: list[Callable[[], None]] = field(default_factory=list)
    n_done: int = 0
    copies: list[LateMark] = field(default_factory=list)
    n_uploads: int = 0

    def begin(self) -> None:
        assert not self.work

    def staging(self, n: int) -> Tensor:
        return torch.empty(n, dtype=torch.int32)

    def upload(self, source: Tensor, target: Tensor) -> LateMark:
        expected = source.clone()

        def copy() -> None:
            assert torch.equal(source, expected), "the buffer was written again before its copy was done"
            target.copy_(source)

        self.n_uploads += 1
        self.work.append(copy)
        return self.mark()

    def run(self, key: Hashable | None, compute: Callable[[], None]) -> None:
        self.work.append(compute if key is None else self.recorded.setdefault(key, compute))
        self.go_on()

    def download(self, source: Tensor, target: Tensor) -> LateMark:
        held: list[Tensor] = []
        self.work.append(lambda: held.append(source.clone()))
        mark = LateMark(self, len(self.work))

        def copy() -> None:
            assert torch.equal(source, held[0]), "what was to be copied was overwritten before"
            target.copy_(source)

        mark.copy = copy
        self.copies.append(mark)
        return mark

    def mark(self) -> LateMark:
        return LateMark(self, len(self.work))

    def go_on(self) -> None:
        """Some time passes."""
        self.work_to(min(len(self.work), self.n_done + self.dice.randrange(4)))
        ready = [mark for mark in self.copies if mark.place <= self.n_done]
        for mark in self.dice.sample(ready, self.dice.randint(0, len(ready))):
            self.finish(mark)

    def work_to(self, place: int) -> None:
        while self.n_done < place:
            self.work[self.n_done]()
            self.n_done += 1

    def finish(self, mark: LateMark) -> None:
        if mark.copy is not None:
            mark.copy()
            mark.copy = None
            self.copies.remove(mark)
