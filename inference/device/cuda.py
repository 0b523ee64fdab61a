"""A CUDA device as a lane: one stream that computes, one that copies results, graphs for what comes again; its memory.

No GPU has run it yet.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable

import torch
from torch import Tensor

from inference.device.lane import Mark

_log = logging.getLogger("inference.device")


class _Event:
    def __init__(self, stream: torch.cuda.Stream) -> None:
        self.event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        self.event.record(stream)

    def done(self) -> bool:
        return bool(self.event.query())  # type: ignore[no-untyped-call]

    def wait(self) -> None:
        self.event.synchronize()

    def seconds_since(self, earlier: _Event) -> float:
        return float(earlier.event.elapsed_time(self.event)) / 1000


class CudaLane:
    """What has a key is computed as it is the first time, which also compiles its kernels, and recorded then; later
    calls replay the graph. What cannot be recorded, because it looks at a value, is computed as it is each time.
    """

    def __init__(self, device: torch.device, *, records: bool = True) -> None:
        """records: False to compute everything as it is."""
        self.device = device
        self.records = records
        self._main = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._side = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._pool = torch.cuda.graph_pool_handle()
        self._graphs: dict[Hashable, torch.cuda.CUDAGraph | None] = {}

    def begin(self) -> None:
        # weights and state were made on the default stream, for which this lane's does not wait
        torch.cuda.synchronize(self.device)

    def staging(self, n: int) -> Tensor:
        return torch.empty(n, dtype=torch.int32, pin_memory=True)

    def upload(self, source: Tensor, target: Tensor) -> Mark:
        with torch.cuda.stream(self._main):
            target.copy_(source, non_blocking=True)
        return self.mark()

    def run(self, key: Hashable | None, compute: Callable[[], None]) -> None:
        key = key if self.records else None
        graph = self._graphs.get(key)
        with torch.cuda.stream(self._main):
            if graph is not None:
                graph.replay()
                return
            compute()
        if key is not None and key not in self._graphs:
            self._graphs[key] = self._recorded(key, compute)

    def download(self, source: Tensor, target: Tensor) -> Mark:
        self._side.wait_stream(self._main)
        with torch.cuda.stream(self._side):
            target.copy_(source, non_blocking=True)
        return _Event(self._side)

    def mark(self) -> Mark:
        return _Event(self._main)

    def _recorded(self, key: Hashable, compute: Callable[[], None]) -> torch.cuda.CUDAGraph | None:
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=self._pool, stream=self._main):
                compute()
        except RuntimeError as error:
            _log.warning("steps of kind %s are not recorded as a graph: %s", key, error)
            return None
        return graph


class CudaMemory:
    """The device's memory, of which this process may take a part."""

    share = 1.0

    def __init__(self, device: torch.device, utilization: float, *, records: bool) -> None:
        """records: whether steps will be recorded, which keep memory of their own."""
        self._device = device
        self._utilization = utilization
        self._copies = 2 if records else 1

    def left(self) -> tuple[int, int]:
        torch.cuda.empty_cache()
        free, total = torch.cuda.mem_get_info(self._device)
        return int(self._utilization * total) - (total - free), total

    def peak(self, compute: Callable[[], None]) -> int:
        torch.cuda.reset_peak_memory_stats(self._device)
        before = torch.cuda.memory_allocated(self._device)
        compute()
        torch.cuda.synchronize(self._device)
        return self._copies * (torch.cuda.max_memory_allocated(self._device) - before)
