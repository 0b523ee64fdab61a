"""Which kernels there are: operation, file, dtypes, and the shapes each takes. Imports no Triton.

`bucket` gets the arguments of the call and names the bucket whose configuration applies, or returns None when the
kernel does not take these shapes. It reads shapes and plain numbers only: a look at a value would wait for the GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

HALVES = frozenset({torch.bfloat16, torch.float16})
FLOATS = HALVES | {torch.float32}


@dataclass(frozen=True, slots=True)
class Kernel:
    name: str
    """kernels/triton/<name>.py defines a function with the operation's name; variants/ and tuned/ use it too."""
    bucket: Callable[..., str | None]
    dtypes: frozenset[torch.dtype] = FLOATS


def _paged(query: Tensor, cache: Tensor, page_table: Tensor, *_: object) -> str | None:
    rows, q_len, n_heads, head_dim = query.shape
    group = n_heads // cache.shape[2]
    if q_len > 4 or head_dim > 256:
        return None
    return f"d{head_dim} g{group} q{q_len} rows{_power(rows)}"


CATALOGUE: Mapping[str, Kernel] = {
    "paged_attention": Kernel("paged_decode", _paged),
}


def _power(n: int) -> int:
    """The power of two that n is counted with."""
    return 1 << (n - 1).bit_length()
