"""Whether a kernel said what its twin says: results, and what it wrote into its arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor

from inference.bench.fences import Fences
from inference.bench.stage import Wrong
from inference.kernels.kv_format import read

TOLERANCE = {torch.float32: 2e-5, torch.float16: 4e-3, torch.bfloat16: 3e-2}
"""Relative and absolute. fp32: sums in another order. Halves: weights are rounded to them before the product."""
_SHORT = 256
"""Sums of more numbers than that may be further apart in fp32, by the root of their number."""
_CACHE = 5
"""Dimensions of e4m3 numbers that are a cache, with scales among them."""
CONSUMED = frozenset({"sample_rows", "verify_draft"})
"""What these leave of their first argument is undefined."""


def compare(
    operation: str, kernel: Callable[..., Any], twin: Callable[..., Any], given: tuple[Any, ...], *, repeats: int
) -> float:
    """The largest error, as a share of what is allowed. Raises Wrong when it is above 1, or a fence is broken."""
    expected = copied(given)
    wanted = [*tensors(twin(*expected))]
    after = [] if operation in CONSUMED else [*tensors(expected)]
    longest = max((each.shape[-1] for each in tensors(given) if each.dim() > 1), default=1)
    slack, worst = max(1.0, (longest / _SHORT) ** 0.5), 0.0
    for _ in range(repeats):
        mine = copied(given)
        with _fenced():
            got = [*tensors(kernel(*mine))]
        both = got if operation in CONSUMED else [*got, *tensors(mine)]
        for left, right in zip(both, [*wanted, *after], strict=True):
            worst = max(worst, error(left, right, slack))
        if worst > 1:
            raise Wrong(f"{operation} is {worst:.3g} times as far from its twin as rounding explains")
    return worst


def error(got: Tensor, wanted: Tensor, slack: float = 1.0) -> float:
    """The largest difference as a share of what is allowed; sums of fp32 are allowed `slack` times as much."""
    if got.shape != wanted.shape or got.dtype != wanted.dtype:
        raise Wrong(f"{got.dtype} {tuple(got.shape)} came for {wanted.dtype} {tuple(wanted.shape)}")
    if got.dtype == torch.float8_e4m3fn:
        return _steps(got, wanted) if got.dim() < _CACHE else _cached(got, wanted)
    if not got.dtype.is_floating_point:
        return 0.0 if torch.equal(got, wanted) else float("inf")
    if torch.equal(got, wanted):
        return 0.0
    limit = TOLERANCE[got.dtype] * (slack if got.dtype == torch.float32 else 1)
    apart = (got.double() - wanted.double()).abs() / (limit + limit * wanted.double().abs())
    # Infinities and rubbish must be where the twin has them.
    same = (got == wanted) | (got.isnan() & wanted.isnan())
    apart = torch.where(same, 0.0, apart.nan_to_num(nan=float("inf")))
    return float(apart.max()) if apart.numel() else 0.0


def _steps(got: Tensor, wanted: Tensor) -> float:
    """A last bit before the rounding may move a few of them to the neighbouring number."""
    places = [
        torch.where(bits < 128, bits, 128 - bits) for bits in (each.view(torch.uint8).int() for each in (got, wanted))
    ]
    apart = (places[0] - places[1]).abs()
    if not apart.numel():
        return 0.0
    return max(float(apart.max()), float((apart > 0).float().mean()) / 0.02)


def _cached(got: Tensor, wanted: Tensor) -> float:
    """Keys and values as they are read: a last bit before the rounding moves a number by a step of e4m3, or by what
    cancelled where a turn leaves almost nothing."""
    pages = torch.arange(got.shape[1], device=got.device)
    values = [torch.stack([read(side, pages, torch.float32) for side in cache]) for cache in (got, wanted)]
    allowed = values[1].abs() / 8 + TOLERANCE[torch.bfloat16]
    same = (values[0] == values[1]) | (values[0].isnan() & values[1].isnan())
    apart = torch.where(same, 0.0, ((values[0] - values[1]).abs() / allowed).nan_to_num(nan=float("inf")))
    return max(float(apart.max()), float((apart > 0).float().mean()) / 0.05)


def tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from tensors(each)


def copied(value: Any) -> Any:
    """The same with tensors of its own. Views stay as wide apart as they are."""
    if isinstance(value, Tensor):
        return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device=value.device).copy_(value)
    if isinstance(value, tuple):
        return tuple(copied(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{each.name: copied(getattr(value, each.name)) for each in fields(value)})
    return value


@contextmanager
def _fenced() -> Iterator[None]:
    fences = Fences()
    usual, torch.empty = torch.empty, fences.empty
    try:
        yield
    finally:
        torch.empty = usual
    if not fences.intact():
        raise Wrong("something was written beside a result")
