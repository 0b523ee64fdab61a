"""What is compiled ahead of time: the shapes served, a file for each kernel with a tuple VARIANTS.

A variant calls the kernel's function on tensors of the meta device, with shapes, dtypes and strides but no memory:
its arguments are specialised as they would be on a GPU. The limits are what `gate` insists on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from inference.kernels.kv_format import EIGHT_BITS, page_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What the machine code of one @triton.jit function may use, and must contain. Spills are never allowed."""

    registers: int
    """For each thread."""
    shared_kib: int = 0
    opcodes: tuple[str, ...] = ()
    """SASS opcodes that must occur, by their beginning; `LDGSTS|UTMALDG`: one of the two."""


@dataclass(frozen=True, slots=True)
class Variant:
    name: str
    call: Callable[[], object]
    limits: Mapping[str, Limit]
    """By the @triton.jit function's name; one that is launched and not named here is a fault."""


def meta(*shape: int, dtype: torch.dtype = torch.bfloat16) -> Tensor:
    return torch.empty(shape, dtype=dtype, device="meta")


def table(rows: int, max_pages: int) -> tuple[Tensor, Tensor]:
    """(page_table, seq_lens)"""
    return meta(rows, max_pages, dtype=torch.int32), meta(rows, dtype=torch.int32)


def pages(n_pages: int, kv_heads: int, head_dim: int, *, eight: bool) -> Tensor:
    """A cache, whole or in 8 bits."""
    dtype = EIGHT_BITS if eight else torch.bfloat16
    return meta(2, n_pages, kv_heads, page_rows(64, head_dim, dtype), head_dim, dtype=dtype)
