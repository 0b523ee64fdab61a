"""Tensors for kernel tests: paged caches with rubbish wherever nothing was written, and how close is close."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
DTYPES = (torch.float32, torch.float16, torch.bfloat16) if DEVICE.type == "cuda" else (torch.float32, torch.float16)
"""The interpreter's bf16 products are rubbish without an error (inference.md §3.6)."""

TOLERANCE = {torch.float32: 2e-5, torch.float16: 4e-3, torch.bfloat16: 3e-2}
"""Relative and absolute. fp32: sums in another order. Halves: weights are rounded to them before the product."""

PAGE = 64


def random(*shape: int, dtype: torch.dtype) -> Tensor:
    return torch.randn(shape, device=DEVICE).to(dtype)


def paged(lengths: Sequence[int], width: int, *tile: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """(storage, page_table, seq_lens): rows of such lengths, their pages scattered, NaN wherever no token was written.

    tile (2, heads, dim) gives storage (2, n_pages, heads, 64, dim); tile (dim,) gives (n_pages, 64, dim). The table is
    `width` pages wide.
    """
    held = [-(-length // PAGE) for length in lengths]
    numbers = (torch.randperm(sum(held)) + 1).tolist()
    *front, dim = tile
    shape = (*front[:1], sum(held) + 1, *front[1:], PAGE, dim)
    storage = torch.full(shape, float("nan"), dtype=dtype, device=DEVICE)
    pages_at = min(1, len(front))
    table = torch.zeros(len(lengths), width, dtype=torch.int32, device=DEVICE)
    for row, length in enumerate(lengths):
        for index in range(held[row]):
            number = numbers.pop()
            table[row, index] = number
            page = storage.select(pages_at, number)[..., : min(PAGE, length - index * PAGE), :]
            page.copy_(torch.randn(page.shape))
    return storage, table, torch.tensor(lengths, dtype=torch.int32, device=DEVICE)


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
