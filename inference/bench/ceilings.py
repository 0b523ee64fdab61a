"""What the machine itself can do; every later result is also told as a fraction of these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch

from inference.bench.journal import Measured
from inference.bench.stage import Bench, Task
from inference.bench.timing import seconds

_CHAIN = 200


def ceilings(bench: Bench) -> Iterator[Task]:
    """GB are 10 ** 9 bytes; a copy counts what it reads and what it writes."""
    yield Task("ceiling/read", partial(_read, bench))
    yield Task("ceiling/copy", partial(_copy, bench))
    yield Task("ceiling/bf16", partial(_bf16, bench))
    yield Task("ceiling/fp8", partial(_fp8, bench))
    yield Task("ceiling/graph-gap", partial(_gap, bench))
    yield Task("ceiling/h2d", partial(_moved, bench, up=True))
    yield Task("ceiling/d2h", partial(_moved, bench, up=False))


def _numbers(bench: Bench, n_bytes: int) -> torch.Tensor:
    """Random: zeros draw less power and clock higher."""
    n = 1 << 16 if bench.rehearsing else n_bytes
    return torch.randint(-(2**31), 2**31, (n // 4,), dtype=torch.int64, device=bench.device).to(torch.int32)


def _rate(bench: Bench, n_bytes: int, compute: Callable[[], object]) -> Measured:
    return Measured(n_bytes / seconds(bench, compute) / 1e9, "GB/s")


def _read(bench: Bench) -> Measured:
    source = _numbers(bench, 4 << 30).view(torch.float32).nan_to_num_(0)
    return _rate(bench, source.nbytes, source.amax)


def _copy(bench: Bench) -> Measured:
    source = _numbers(bench, 2 << 30)
    return _rate(bench, 2 * source.nbytes, partial(torch.empty_like(source).copy_, source))


def _bf16(bench: Bench) -> Measured:
    n = 64 if bench.rehearsing else 8192
    a, b = (torch.randn(n, n, device=bench.device).bfloat16() for _ in range(2))
    return Measured(2 * n**3 / seconds(bench, partial(torch.mm, a, b)) / 1e12, "TFLOP/s")


def _fp8(bench: Bench) -> Measured:
    n = 64 if bench.rehearsing else 8192
    a, b = (torch.randn(n, n, device=bench.device).to(torch.float8_e4m3fn) for _ in range(2))
    one = torch.ones((), device=bench.device)

    def product() -> object:
        return torch._scaled_mm(a, b.t(), scale_a=one, scale_b=one, out_dtype=torch.bfloat16)

    return Measured(2 * n**3 / seconds(bench, product) / 1e12, "TFLOP/s")


def _gap(bench: Bench) -> Measured:
    """What one more small kernel costs inside a graph."""
    small = torch.randn(64, device=bench.device)

    def chain() -> None:
        for _ in range(_CHAIN):
            small.mul_(1.0)

    if bench.device.type != "cuda":
        return Measured(seconds(bench, chain) / _CHAIN * 1e6, "us")
    chain()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        chain()
    return Measured(seconds(bench, graph.replay) / _CHAIN * 1e6, "us")


def _moved(bench: Bench, *, up: bool) -> Measured:
    there = _numbers(bench, 512 << 20)
    here = torch.empty(there.shape, dtype=there.dtype, pin_memory=bench.device.type == "cuda")
    here.copy_(there)
    target, source = (there, here) if up else (here, there)
    return _rate(bench, there.nbytes, partial(target.copy_, source, non_blocking=True))
