"""Vectors of texts from vectors of their tokens, and their forms. One program a text; bound by reading tokens once."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.reference.pool import Form, Pooling
from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two


@triton.jit
def _pool(
    hidden,
    starts,
    lengths,
    out,
    hidden_row,
    out_row,
    DIMENSIONS: tl.constexpr,
    POOLING: tl.constexpr,
    FORM: tl.constexpr,
    TOKENS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Program (row): tiles (TOKENS, BLOCK) of its tokens, BLOCK >= DIMENSIONS and at least 8."""
    row = tl.program_id(0)
    length = tl.load(lengths + row)
    first = tl.load(starts + row)
    at = tl.arange(0, BLOCK)
    inside = at < DIMENSIONS
    begin = length * 0
    end = length
    if POOLING == "first":
        end = tl.minimum(length, 1)
    if POOLING == "last":
        begin = tl.maximum(length - 1, 0)
    pooled = tl.zeros((BLOCK,), tl.float32)
    for tile in range(begin, end, TOKENS):
        token = tile + tl.arange(0, TOKENS)
        held = hidden + (first + token).to(tl.int64)[:, None] * hidden_row + at[None, :]
        wide = tl.load(held, mask=(token < end)[:, None] & inside[None, :], other=0.0).to(tl.float32)
        pooled += tl.sum(wide, axis=0)
    pooled = pooled / tl.maximum(end - begin, 1).to(tl.float32)

    place = out + row.to(tl.int64) * out_row
    if FORM == "binary":
        bits = (pooled > 0).to(tl.int32).reshape((BLOCK // 8, 8))
        packed = tl.sum(bits << (7 - tl.arange(0, 8))[None, :], axis=1)
        at_byte = tl.arange(0, BLOCK // 8)
        tl.store(place + at_byte, packed.to(tl.uint8), mask=at_byte * 8 < DIMENSIONS)
    elif FORM == "int8":
        highest = tl.max(tl.abs(pooled), axis=0)
        stretched = pooled * (127.0 / tl.maximum(highest, 1e-30))
        # To the nearest whole number, ties to even: numbers near 1.5 * 2**23 are 1 apart.
        whole = (stretched + 12582912.0) - 12582912.0
        tl.store(place + at, whole.to(tl.int8), mask=inside)
    else:
        norm = tl.sqrt(tl.sum(pooled * pooled, axis=0))
        tl.store(place + at, pooled / tl.maximum(norm, 1e-12), mask=inside)


def pool_normalise(
    hidden: Tensor,
    starts: Tensor,
    lengths: Tensor,
    pooling: Pooling,
    dimensions: int,
    form: Form = "float",
    *,
    num_warps: int = 4,
) -> Tensor:
    """As `reference.pool_normalise`, hidden's last dimension contiguous. An int8 component may differ by 1."""
    rows = starts.shape[0]
    block = max(8, power_of_two(dimensions))
    shape, dtype = {
        "float": ((rows, dimensions), torch.float32),
        "int8": ((rows, dimensions), torch.int8),
        "binary": ((rows, ceil_div(dimensions, 8)), torch.uint8),
    }[form]
    out = torch.empty(shape, dtype=dtype, device=hidden.device)
    launch(
        _pool,
        (rows,),
        hidden,
        starts,
        lengths,
        out,
        hidden.stride(0),
        out.stride(0),
        DIMENSIONS=dimensions,
        POOLING=pooling,
        FORM=form,
        TOKENS=max(1, min(16, 4096 // block)) if pooling == "mean" else 1,
        BLOCK=block,
        num_warps=num_warps,
    )
    return out
