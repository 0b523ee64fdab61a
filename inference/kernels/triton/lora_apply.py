"""Adapters of many sequences in one batch, as Punica's SGMV (arXiv 2310.18547): shrink to the rank, expand, add.

Segments are cut into tiles (`shared.segments`). Shrinking is split over the inputs, and expanding adds the parts, in
order, as it reads them: two launches, whatever the number of adapters.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two
from inference.kernels.triton.shared.products import count
from inference.kernels.triton.shared.segments import row_of


@triton.jit
def _tile(starts, n_segments, BLOCK_M: tl.constexpr):
    """(segment, first token, one past the last of the segment) of this program's tile; first >= last: nothing to do."""
    tile = tl.program_id(0)
    segment = row_of(tile, starts, n_segments, BLOCK_M)
    start = tl.load(starts + segment)
    return segment, start + (tile - start // BLOCK_M - segment) * BLOCK_M, tl.load(starts + segment + 1)


@triton.jit(do_not_specialize=["n_segments", "n_tokens"])
def _shrink(
    x,
    down,
    starts,
    adapters,
    partial,
    n_segments,
    n_tokens,
    x_row,
    N_IN: tl.constexpr,
    RANK: tl.constexpr,
    SPLITS: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_R: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """Program (tile of one segment's tokens, split)."""
    split = tl.program_id(1)
    segment, begin, end = _tile(starts, n_segments, BLOCK_M)
    adapter = tl.load(adapters + segment)
    if (begin >= end) | (adapter < 0):
        return
    at_m = begin + tl.arange(0, BLOCK_M)
    at_r = tl.arange(0, BLOCK_R)
    at_k = tl.arange(0, BLOCK_K)
    real = at_m < end
    inside = at_r < RANK
    rows = x + at_m.to(tl.int64)[:, None] * x_row + at_k[None, :]
    wanted = down + adapter.to(tl.int64) * (RANK * N_IN) + at_r[:, None] * N_IN + at_k[None, :]
    per_split: tl.constexpr = tl.cdiv(tl.cdiv(N_IN, BLOCK_K), SPLITS) * BLOCK_K
    total = tl.zeros((BLOCK_M, BLOCK_R), tl.float32)
    for first in range(split * per_split, tl.minimum((split + 1) * per_split, N_IN), BLOCK_K):
        held = first + at_k < N_IN
        token = tl.load(rows + first, mask=real[:, None] & held[None, :], other=0.0)
        tile = tl.load(wanted + first, mask=inside[:, None] & held[None, :], other=0.0)
        total = tl.dot(token, tl.trans(tile), total, input_precision="ieee")
    place = partial + (split * n_tokens + at_m).to(tl.int64)[:, None] * RANK + at_r[None, :]
    tl.store(place, total, mask=real[:, None] & inside[None, :])


@triton.jit(do_not_specialize=["n_segments", "n_tokens"])
def _expand(
    partial,
    out,
    up,
    scale,
    starts,
    adapters,
    result,
    n_segments,
    n_tokens,
    out_row,
    N_OUT: tl.constexpr,
    RANK: tl.constexpr,
    SPLITS: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_R: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Program (tile of one segment's tokens, block of outputs). Tokens of nobody's are copied."""
    segment, begin, end = _tile(starts, n_segments, BLOCK_M)
    if begin >= end:
        return
    adapter = tl.load(adapters + segment)
    at_m = begin + tl.arange(0, BLOCK_M)
    at_n = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    real = at_m < end
    inside = at_n < N_OUT
    mask = real[:, None] & inside[None, :]
    total = tl.load(out + at_m.to(tl.int64)[:, None] * out_row + at_n[None, :], mask=mask, other=0.0).to(tl.float32)
    if adapter >= 0:
        at_r = tl.arange(0, BLOCK_R)
        held = at_r < RANK
        shrunk = tl.zeros((BLOCK_M, BLOCK_R), tl.float32)
        for split in range(SPLITS):
            place = partial + (split * n_tokens + at_m).to(tl.int64)[:, None] * RANK + at_r[None, :]
            shrunk += tl.load(place, mask=real[:, None] & held[None, :], other=0.0)
        wanted = up + adapter.to(tl.int64) * (N_OUT * RANK) + at_n[:, None] * RANK + at_r[None, :]
        tile = tl.load(wanted, mask=inside[:, None] & held[None, :], other=0.0)
        added = tl.dot(shrunk.to(tile.dtype), tl.trans(tile), input_precision="ieee")
        total += added * tl.load(scale + adapter)
    tl.store(result + at_m.to(tl.int64)[:, None] * N_OUT + at_n[None, :], total, mask=mask)


def lora_apply(
    x: Tensor,
    out: Tensor,
    down: Tensor,
    up: Tensor,
    scale: Tensor,
    starts: Tensor,
    adapters: Tensor,
    max_new: int,
    *,
    programs: int = 264,
    block_k: int = 128,
    block_n: int = 128,
    num_warps: int = 4,
    num_stages: int = 3,
) -> Tensor:
    """As `reference.lora_apply`; x and out may be views, their last dimension contiguous.

    programs: how many to spread the shrinking over. Sums are fp32; what is shrunk is rounded to x's dtype, the result
    once at the end.
    """
    n_tokens, n_in = x.shape
    _, n_out, rank = up.shape
    segments = adapters.shape[0]
    block_m = max(16, min(64, power_of_two(max(1, max_new))))
    tiles = n_tokens // block_m + segments if n_tokens else 0
    splits = count(programs, max(1, tiles), ceil_div(n_in, block_k), 2)
    partial = torch.empty((splits, n_tokens, rank), dtype=torch.float32, device=x.device)
    result = torch.empty((n_tokens, n_out), dtype=x.dtype, device=x.device)
    shape = {"RANK": rank, "SPLITS": splits, "BLOCK_M": block_m, "BLOCK_R": max(16, power_of_two(rank))}
    launch(
        _shrink,
        (tiles, splits),
        x,
        down,
        starts,
        adapters,
        partial,
        segments,
        n_tokens,
        x.stride(0),
        N_IN=n_in,
        BLOCK_K=block_k,
        num_warps=num_warps,
        num_stages=num_stages,
        **shape,
    )
    launch(
        _expand,
        (tiles, ceil_div(n_out, block_n)),
        partial,
        out,
        up,
        scale,
        starts,
        adapters,
        result,
        segments,
        n_tokens,
        out.stride(0),
        N_OUT=n_out,
        BLOCK_N=block_n,
        num_warps=num_warps,
        **shape,
    )
    return result
