"""Tensors for kernel tests: paged caches with rubbish wherever nothing was written, and how close is close."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inference.bench.agreement import TOLERANCE
from inference.bench.inputs import Inputs

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
DTYPES = (torch.float32, torch.float16, torch.bfloat16) if DEVICE.type == "cuda" else (torch.float32, torch.float16)
"""The interpreter's bf16 products are rubbish without an error (inference.md §3.6)."""


def random(*shape: int, dtype: torch.dtype) -> Tensor:
    return torch.randn(shape, device=DEVICE).to(dtype)


def paged(lengths: Sequence[int], width: int, *tile: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """As `Inputs.paged`, on the tests' device."""
    return Inputs(DEVICE, dtype).paged(lengths, width, *tile)


def assert_close(got: Tensor, wanted: Tensor) -> None:
    limit = TOLERANCE[wanted.dtype]
    torch.testing.assert_close(got, wanted, rtol=limit, atol=limit)


def assert_a_step_apart(got: Tensor, wanted: Tensor) -> None:
    """e4m3 results: a last bit before the rounding may move a few of them to the neighbouring number."""
    steps = _places(got) - _places(wanted)
    assert int(steps.abs().max()) <= 1
    assert float((steps == 0).float().mean()) > 0.98


def _places(numbers: Tensor) -> Tensor:
    """Where e4m3 numbers stand in their order."""
    bits = numbers.view(torch.uint8).int()
    return torch.where(bits < 128, bits, 128 - bits)
