"""What steps under way bring, and where it lies until the host reads it. Knows no model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor

from inference.device.lane import Mark
from inference.device.rows import Row
from inference.runner import agreed
from inference.sequence import Chunk, Scores


@dataclass(frozen=True, slots=True)
class Told:
    """Where a chunk's tokens lie among what its step sampled."""

    chunk: Chunk
    place: int
    row: Row | None = None
    """The device appends the drafts that are right, and this row will know how many."""


@dataclass(slots=True)
class Launched:
    """A Pending."""

    step: int
    told: list[Told]
    begun: Mark
    over: Mark
    said: Tensor
    hosted: dict[int, Scores]
    on_read: Callable[[int], None]
    """Called with the step's number when its outcome is known."""
    read: bool = False
    seconds: float | None = None
    scores: list[list[Scores | None]] | None = None

    def tokens(self) -> list[list[int]]:
        self.over.wait()
        self.read = True
        self.on_read(self.step)
        self.seconds = self.over.seconds_since(self.begun)
        said: list[int] = self.said.tolist()
        result: list[list[int]] = []
        scores: list[list[Scores | None]] = []
        for told in self.told:
            chunk, place = told.chunk, told.place
            result.append(agreed(chunk, said[place : place + 1 + len(chunk.drafts)]))
            scores.append([self.hosted.get(place + number) for number in range(len(result[-1]))])
            if told.row is not None:
                told.row.length = told.row.n_tokens = chunk.start + chunk.n_tokens + len(result[-1])
        self.scores = scores if self.hosted else None
        return result


@dataclass(slots=True)
class Slot:
    """Where the results of every so manieth step lie: on the device, and on the host."""

    device: Tensor
    host: Tensor
    last: Launched | None = field(default=None)
