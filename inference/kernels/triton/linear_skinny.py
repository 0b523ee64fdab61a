"""A linear layer of few tokens, with the norm before it and the gate or residual after it. Bound by reading weights.

Outputs are split over programs, and so are inputs where that leaves processors idle (`shared.products`). The norm's
weight is multiplied in on the way and its scale, one number for each token, at the end: x is read once. e4m3 weights
are widened in registers.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two
from inference.kernels.triton.shared.products import count, finished, scaled, scratch


@triton.jit(do_not_specialize=["n_tokens"])
def _multiply(
    x,
    weight,
    bias,
    scale,
    norm,
    residual,
    out,
    partial,
    squares,
    n_tokens,
    eps,
    x_row,
    residual_row,
    N_IN: tl.constexpr,
    N_OUT: tl.constexpr,
    SPLITS: tl.constexpr,
    GATED: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """Program (block of outputs, split): all tokens, BLOCK_M >= n_tokens. Gated: those outputs, and what they gate."""
    first = tl.program_id(0) * BLOCK_N
    split = tl.program_id(1)
    at_m = tl.arange(0, BLOCK_M)
    at_n = tl.arange(0, BLOCK_N)
    at_k = tl.arange(0, BLOCK_K)
    real = at_m < n_tokens
    inside = first + at_n < N_OUT
    per_split: tl.constexpr = tl.cdiv(tl.cdiv(N_IN, BLOCK_K), SPLITS) * BLOCK_K

    rows = x + at_m.to(tl.int64)[:, None] * x_row + at_k[None, :]
    wanted = weight + first.to(tl.int64) * N_IN + at_n[:, None] * N_IN + at_k[None, :]
    gated = wanted + tl.full((), N_OUT, tl.int64) * N_IN
    total = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    other = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    square = tl.zeros((BLOCK_M,), tl.float32)
    for begin in range(split * per_split, tl.minimum((split + 1) * per_split, N_IN), BLOCK_K):
        held = begin + at_k < N_IN
        token = tl.load(rows + begin, mask=real[:, None] & held[None, :], other=0.0)
        if norm is not None:
            wide = token.to(tl.float32)
            square += tl.sum(wide * wide, axis=1)
            token = (wide * tl.load(norm + begin + at_k, mask=held, other=0.0).to(tl.float32)[None, :]).to(token.dtype)
        tile = tl.load(wanted + begin, mask=inside[:, None] & held[None, :], other=0.0).to(token.dtype)
        total = tl.dot(token, tl.trans(tile), total, input_precision="ieee")
        if GATED:
            tile = tl.load(gated + begin, mask=inside[:, None] & held[None, :], other=0.0).to(token.dtype)
            other = tl.dot(token, tl.trans(tile), other, input_precision="ieee")

    at = first + at_n
    mask = real[:, None] & inside[None, :]
    if SPLITS > 1:
        width: tl.constexpr = N_OUT * 2 if GATED else N_OUT
        place = partial + (split * n_tokens + at_m[:, None]) * width + at[None, :]
        tl.store(place, total, mask=mask)
        if GATED:
            tl.store(place + N_OUT, other, mask=mask)
        if norm is not None:
            if first == 0:
                tl.store(squares + split * n_tokens + at_m, square, mask=real)
    else:
        if norm is not None:
            shrink = tl.rsqrt(square / N_IN + eps)
            total = total * shrink[:, None]
            other = other * shrink[:, None]
        total = scaled(total, scale, bias, at, inside)
        if GATED:
            total = total * tl.sigmoid(total) * scaled(other, scale, bias, N_OUT + at, inside)
        if residual is not None:
            added = residual + at_m.to(tl.int64)[:, None] * residual_row + at[None, :]
            total += tl.load(added, mask=mask, other=0.0).to(tl.float32)
        tl.store(out + at_m[:, None] * N_OUT + at[None, :], total, mask=mask)


def linear_skinny(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    scale: Tensor | None = None,
    norm: Tensor | None = None,
    eps: float = 0.0,
    gated: bool = False,
    residual: Tensor | None = None,
    *,
    programs: int = 264,
    block_n: int = 64,
    block_k: int = 128,
    fewest: int = 4,
    num_warps: int = 4,
    num_stages: int = 4,
) -> Tensor:
    """As `reference.linear_skinny` for at most 64 tokens; x and residual may be views, their last dimension contiguous.

    programs: how many to spread the work over, 2 for each of 132 processors; fewest: steps along the inputs for one of
    them. All sums are fp32 and rounded once, at the end; the twin rounds after each step.
    """
    n_tokens, n_in = x.shape
    n_out = weight.shape[0] // 2 if gated else weight.shape[0]
    blocks = ceil_div(n_out, block_n)
    splits = count(programs, blocks, ceil_div(n_in, block_k), fewest)
    out = torch.empty((n_tokens, n_out), dtype=x.dtype, device=x.device)
    partial = scratch(splits, n_tokens, weight.shape[0], x.device)
    squares = torch.empty((splits, n_tokens), dtype=torch.float32, device=x.device) if norm is not None else None
    launch(
        _multiply,
        (blocks, splits),
        x,
        weight,
        bias,
        scale,
        norm,
        residual,
        out,
        partial,
        squares,
        n_tokens,
        eps,
        x.stride(0),
        0 if residual is None else residual.stride(0),
        N_IN=n_in,
        N_OUT=n_out,
        SPLITS=splits,
        GATED=gated,
        BLOCK_M=max(16, power_of_two(n_tokens)),
        BLOCK_N=block_n,
        BLOCK_K=block_k,
        num_warps=num_warps,
        num_stages=num_stages,
    )
    if splits > 1:
        finished(partial, squares, scale, bias, residual, out, eps, n_in, gated=gated)
    return out
