"""A linear layer with 4-bit weights (GPTQ, arXiv 2210.17323; AWQ, arXiv 2306.00978). Bound by reading weights.

`reference.nibbles` lays two runs of neighbouring columns into the two halves of a run of bytes: one load gives two
tiles, by a mask and a shift. Inputs are split over programs (`shared.products`), as arXiv 2402.00025 advises.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.reference.nibbles import half_tile
from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two
from inference.kernels.triton.shared.products import count, finished, scaled, scratch


@triton.jit(do_not_specialize=["n_tokens"])
def _multiply(
    x,
    packed,
    scale,
    zero,
    order,
    bias,
    out,
    partial,
    n_tokens,
    x_row,
    N_IN: tl.constexpr,
    N_OUT: tl.constexpr,
    N_GROUPS: tl.constexpr,
    SPLITS: tl.constexpr,
    HALF: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Program (block of outputs, split, block of tokens). A step takes 2 * HALF columns, each half in one group."""
    first = tl.program_id(0) * BLOCK_N
    split = tl.program_id(1)
    at_m = tl.program_id(2) * BLOCK_M + tl.arange(0, BLOCK_M)
    at = first + tl.arange(0, BLOCK_N)
    at_k = tl.arange(0, HALF)
    real = at_m < n_tokens
    inside = at < N_OUT
    steps: tl.constexpr = N_IN // (2 * HALF)
    per_split: tl.constexpr = tl.cdiv(steps, SPLITS)
    group: tl.constexpr = N_IN // N_GROUPS

    rows = x + at_m.to(tl.int64)[:, None] * x_row
    bytes_of = packed + at.to(tl.int64)[:, None] * (N_IN // 2) + at_k[None, :]
    total = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    for step in range(split * per_split, tl.minimum((split + 1) * per_split, steps)):
        pair = tl.load(bytes_of + step * HALF, mask=inside[:, None], other=0)
        for side in tl.static_range(2):
            column = (2 * step + side) * HALF
            columns = column + at_k
            if order is not None:
                columns = tl.load(order + columns)
            token = tl.load(rows + columns[None, :], mask=real[:, None], other=0.0)
            of_group = at * N_GROUPS + column // group
            middle = tl.load(zero + of_group, mask=inside, other=0.0).to(tl.float32)
            by = tl.load(scale + of_group, mask=inside, other=0.0).to(tl.float32)
            nibble = (pair >> 4 if side else pair & 15).to(tl.float32)
            whole = (nibble - middle[:, None]).to(token.dtype)
            total += tl.dot(token, tl.trans(whole), input_precision="ieee") * by[None, :]

    mask = real[:, None] & inside[None, :]
    if SPLITS > 1:
        tl.store(partial + (split * n_tokens + at_m[:, None]) * N_OUT + at[None, :], total, mask=mask)
    else:
        total = scaled(total, None, bias, at, inside)
        tl.store(out + at_m.to(tl.int64)[:, None] * N_OUT + at[None, :], total, mask=mask)


def w4a16_linear(
    x: Tensor,
    packed: Tensor,
    scale: Tensor,
    zero: Tensor,
    order: Tensor | None = None,
    bias: Tensor | None = None,
    *,
    programs: int = 528,
    block_m: int = 64,
    block_n: int = 64,
    fewest: int = 4,
    num_warps: int = 4,
    num_stages: int = 4,
) -> Tensor:
    """As `reference.w4a16_linear`; x may be a view, its last dimension contiguous.

    programs: how many to spread the work over, 4 for each of 132 processors. Whole numbers are multiplied, exact in
    every dtype, and each group's sum scaled in fp32; the twin rounds the scaled weights.
    """
    n_tokens, n_in = x.shape
    n_out, n_groups = scale.shape
    half = half_tile(n_in, n_groups)
    if half is None:
        raise ValueError(f"{n_in} columns in {n_groups} groups cannot be packed")
    block_m = max(16, min(block_m, power_of_two(n_tokens)))
    blocks, blocks_m = ceil_div(n_out, block_n), ceil_div(n_tokens, block_m)
    splits = count(programs, blocks * max(1, blocks_m), n_in // (2 * half), fewest)
    out = torch.empty((n_tokens, n_out), dtype=x.dtype, device=x.device)
    partial = scratch(splits, n_tokens, n_out, x.device)
    launch(
        _multiply,
        (blocks, splits, blocks_m),
        x,
        packed,
        scale,
        zero,
        order,
        bias,
        out,
        partial,
        n_tokens,
        x.stride(0),
        N_IN=n_in,
        N_OUT=n_out,
        N_GROUPS=n_groups,
        SPLITS=splits,
        HALF=half,
        BLOCK_M=block_m,
        BLOCK_N=block_n,
        num_warps=num_warps,
        num_stages=num_stages,
    )
    if splits > 1:
        finished(partial, None, None, bias, None, out, 0.0, n_in)
    return out
