"""How long something takes on a device: medians after warm-up, with caches cold."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch

from inference.bench.stage import Bench

_COLD_BYTES = 256 << 20
"""More than the level 2 cache of any GPU holds."""


def seconds(bench: Bench, compute: Callable[[], object], *, cold: bool = True) -> float:
    """Median of `bench.repeats`. On a GPU the level 2 cache is overwritten before each, which also gives the host time
    to get ahead, so that launches are not counted."""
    for _ in range(3 if not bench.rehearsing else 1):
        compute()
    if bench.device.type == "cuda":
        return _events(bench, compute, cold)
    return statistics.median(_clocked(compute) for _ in range(bench.repeats))


def _clocked(compute: Callable[[], object]) -> float:
    began = time.perf_counter()
    compute()
    return time.perf_counter() - began


def _events(bench: Bench, compute: Callable[[], object], cold: bool) -> float:
    spoiler = torch.empty(_COLD_BYTES if cold else 0, dtype=torch.uint8, device=bench.device)
    marks = [
        [torch.cuda.Event(enable_timing=True) for _ in range(2)]  # type: ignore[no-untyped-call]
        for _ in range(bench.repeats)
    ]
    for begin, end in marks:
        spoiler.fill_(1)
        begin.record()
        compute()
        end.record()
    torch.cuda.synchronize(bench.device)
    return float(statistics.median(begin.elapsed_time(end) for begin, end in marks)) / 1000
