"""Every kernel of the catalogue beside its twin on the device. Those that agree everywhere are noted as verified.

The twin computes in the same dtype, on the same device.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import torch

from inference.bench.agreement import compare
from inference.bench.cases import cases
from inference.bench.inputs import Inputs
from inference.bench.journal import Measured
from inference.bench.records import forget_verified, note_verified
from inference.bench.stage import Bench, Task, Wrong
from inference.kernels import reference
from inference.kernels.catalogue import CATALOGUE, INTEGERS
from inference.kernels.tuning import source_digest

_DTYPES = (torch.bfloat16, torch.float16, torch.float32)


def correctness(bench: Bench) -> Iterator[Task]:
    """A task for each operation and dtype, the largest error as a share of what is allowed; then one for each file of
    kernels, which is verified when all of its operations agreed in every dtype."""
    for operation, kernel in CATALOGUE.items():
        for dtype in _dtypes(operation):
            name = _name(operation, dtype)
            yield Task(name, partial(_agreed, bench, operation, dtype), source_digest(kernel.name))
    for file in sorted({kernel.name for kernel in CATALOGUE.values()}):
        yield Task(f"verified/{file}", partial(_verify, bench, file), source_digest(file))


def _dtypes(operation: str) -> tuple[torch.dtype, ...]:
    """Results of e4m3 products come in any dtype; integers have one."""
    return (torch.int32,) if CATALOGUE[operation].dtypes == INTEGERS else _DTYPES


def _name(operation: str, dtype: torch.dtype) -> str:
    return f"correct/{operation}/{str(dtype).removeprefix('torch.')}"


def _agreed(bench: Bench, operation: str, dtype: torch.dtype) -> Measured:
    torch.manual_seed(0)
    kernel, twin = bench.kernel(operation), getattr(reference, operation)
    tried = [
        compare(operation, kernel, twin, case.arguments(Inputs(bench.device, dtype)), repeats=bench.repeats)
        for case in cases(operation, tiny=bench.rehearsing)
    ]
    return Measured(max(tried), "of the tolerance", detail={"cases": len(tried)})


def _verify(bench: Bench, file: str) -> Measured:
    digest = source_digest(file)
    names = [
        _name(operation, dtype)
        for operation, kernel in CATALOGUE.items()
        if kernel.name == file
        for dtype in _dtypes(operation)
    ]
    missing = [name for name in names if not bench.journal.passed(name, digest)]
    if missing:
        if bench.tuned is not None:
            forget_verified(bench.tuned, file, bench.journal.device)
        raise Wrong(f"{file} is not verified: {', '.join(missing)}")
    if bench.tuned is not None:
        versions = bench.journal.versions
        note_verified(bench.tuned, file, bench.journal.device, time.strftime("%Y-%m-%d"), versions["triton"], digest)
    return Measured(float(len(names)), "comparisons")
