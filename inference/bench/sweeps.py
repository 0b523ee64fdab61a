"""Which tuning values are fastest for which bucket; the winners are written where the dispatch finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any

import torch

from inference.bench.agreement import compare, copied, tensors
from inference.bench.cases import Case, cases
from inference.bench.inputs import Inputs
from inference.bench.journal import Measured
from inference.bench.records import note_config
from inference.bench.stage import Bench, Task, Wrong, alive
from inference.bench.timing import seconds
from inference.kernels import reference
from inference.kernels.catalogue import CATALOGUE
from inference.kernels.tuning import source_digest

_WARPS = {"num_warps": (2, 4, 8, 16)}
_SKINNY = {"programs": (132, 264, 528), "block_n": (32, 64, 128), "block_k": (128, 256), "num_stages": (3, 4)}
GRIDS: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "paged_attention": {"programs": (264, 528, 1056), "min_pages": (2, 4, 8), "num_stages": (2, 3, 4)},
    "extend_attention": {"block_m": (64, 128), "num_stages": (2, 3, 4)},
    "mla_decode": {"programs": (132, 264), "block_m": (16, 64), "num_warps": (4, 8)},
    "mla_extend": {"block_t": (64, 128), "block_n": (128, 256), "num_stages": (2, 3)},
    "linear_skinny": _SKINNY,
    "w4a16_linear": {"programs": (264, 528), "block_m": (16, 64), "block_n": (64, 128), "num_stages": (3, 4)},
    "fp8_linear": {"block_m": (64, 128), "block_n": (128, 256), "num_stages": (3, 4)},
    "moe_experts": {"block_k": (64, 128), "num_stages": (3, 4)},
    "lora_apply": {"programs": (132, 264), "block_k": (64, 128)},
    "sample_rows": {"programs": (132, 264, 528), "num_warps": (4, 8)},
    "add_rms_norm": _WARPS,
    "rms_norm": _WARPS,
    "swiglu": {"block": (512, 1024, 2048), "num_warps": (4, 8)},
    "qk_norm_rope_write": {"num_warps": (1, 2, 4)},
}
_GAIN = 0.98
"""Another configuration must take at most this share of the default's time."""


def sweeps(bench: Bench) -> Iterator[Task]:
    """A task for each call of each kernel, in bf16: the fastest configuration that says what the twin says.

    Contexts are no part of a bucket: where two calls share one, the later decides, which has the longer context.
    """
    for operation in GRIDS:
        stamp = source_digest(CATALOGUE[operation].name)
        for case in cases(operation, tiny=bench.rehearsing):
            yield Task(f"sweep/{operation}/{case.name}", partial(_swept, bench, case), stamp)


def _swept(bench: Bench, case: Case) -> Measured:
    torch.manual_seed(0)
    given = case.arguments(Inputs(bench.device, torch.bfloat16))
    kernel, twin = bench.kernel(case.operation), getattr(reference, case.operation)
    compare(case.operation, kernel, twin, given, repeats=1)
    usual = _time(bench, kernel, given)
    best, chosen, tried = usual, dict[str, int](), 1
    for config in _configs(bench, case.operation):
        with_config = partial(kernel, **config)
        try:
            compare(case.operation, with_config, twin, given, repeats=1)
            taken = _time(bench, with_config, given)
        except Exception:
            # Not every combination fits the shared memory, and one that is wrong is out of the race.
            if not alive(bench.device):
                raise
            continue
        tried += 1
        if taken < min(best, usual * _GAIN):
            best, chosen = taken, config
    _note(bench, case, given, chosen)
    n_bytes = sum(each.nbytes for each in tensors(given))
    detail = {"usual_us": usual * 1e6, "config": chosen, "tried": tried}
    return Measured(best * 1e6, "us", ceiling="ceiling/read", reached=n_bytes / best / 1e9, detail=detail)


def _time(bench: Bench, kernel: Callable[..., Any], given: tuple[Any, ...]) -> float:
    mine = copied(given)
    return seconds(bench, lambda: kernel(*mine))


def _configs(bench: Bench, operation: str) -> Iterator[dict[str, int]]:
    """Twins take none."""
    if not bench.rehearsing:
        grid = GRIDS[operation]
        for values in product(*grid.values()):
            yield dict(zip(grid, values, strict=True))


def _note(bench: Bench, case: Case, given: tuple[Any, ...], config: dict[str, int]) -> None:
    kernel = CATALOGUE[case.operation]
    bucket = kernel.bucket(*given)
    if bucket is None:
        raise Wrong(f"{case.operation} does not take {case.name}")
    if bench.tuned is not None:
        dtype = str(given[0].dtype).removeprefix("torch.")
        note_config(bench.tuned, kernel.name, bench.journal.device, f"{dtype} {bucket}", config)
