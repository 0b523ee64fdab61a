"""The order in which a device does things, as far as the runner must know it: a stream of work, and copies beside it.

Three kinds: the host itself, a CUDA device, and in tests one that does everything late and copies in any order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor


class Mark(Protocol):
    """A place in a stream of work."""

    def done(self) -> bool: ...

    def wait(self) -> None: ...

    def seconds_since(self, earlier: Any) -> float:
        """Between two marks of the same lane that are done."""
        ...


class Lane(Protocol):
    """Work is done in the order in which it is handed over; `download` copies beside it, after what came before it."""

    device: torch.device
    records: bool
    """Whether `run` records what has a key: sizes that come again are worth padding to."""

    def begin(self) -> None:
        """What was put on the device before is there when work begins. Called once, first."""
        ...

    def staging(self, n: int) -> Tensor:
        """Host memory that copies may read or write while the host goes on: (n,) int32."""
        ...

    def upload(self, source: Tensor, target: Tensor) -> Mark:
        """Copy from the host. `source` must stay as it is until the mark is done."""
        ...

    def run(self, key: Hashable | None, compute: Callable[[], None]) -> None:
        """Compute. Calls with the same key compute the same on the same memory, so they may be recorded once and
        played again; None: computed as it is."""
        ...

    def download(self, source: Tensor, target: Tensor) -> Mark:
        """Copy to the host. `source` must stay as it is until the mark is done."""
        ...

    def mark(self) -> Mark: ...


@dataclass(frozen=True, slots=True)
class _Now:
    at: float = field(default_factory=time.perf_counter)

    def done(self) -> bool:
        return True

    def wait(self) -> None:
        return

    def seconds_since(self, earlier: _Now) -> float:
        return self.at - earlier.at


class HostLane:
    """Everything is done at once."""

    device = torch.device("cpu")
    records = False

    def begin(self) -> None:
        return

    def staging(self, n: int) -> Tensor:
        return torch.empty(n, dtype=torch.int32)

    def upload(self, source: Tensor, target: Tensor) -> Mark:
        target.copy_(source)
        return _Now()

    def run(self, key: Hashable | None, compute: Callable[[], None]) -> None:
        compute()

    def download(self, source: Tensor, target: Tensor) -> Mark:
        target.copy_(source)
        return _Now()

    def mark(self) -> Mark:
        return _Now()
