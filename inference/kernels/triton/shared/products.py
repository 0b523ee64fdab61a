"""What matrix products have in common: a sum split over programs, put together in order, and what follows it.

A program that has only a part of the sum keeps it in fp32; `finish` adds the parts in the splits' order, so every run
gives the same. Knows rows and outputs; not how weights are stored.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two


def count(programs: int, blocks: int, tiles: int, fewest: int) -> int:
    """Into how many parts a sum of `tiles` is split: a power of two, `programs` over all `blocks` of outputs, but no
    fewer than `fewest` tiles for one."""
    return power_of_two(max(1, min(ceil_div(programs, blocks), tiles // fewest)))


def scratch(splits: int, n_tokens: int, width: int, device: torch.device) -> Tensor:
    """Where parts of sums lie: (splits, n_tokens, width) fp32; empty where a program has the whole sum."""
    shape = (splits, n_tokens, width) if splits > 1 else (0, 0, 0)
    return torch.empty(shape, dtype=torch.float32, device=device)


def finished(
    partial: Tensor,
    squares: Tensor | None,
    scale: Tensor | None,
    bias: Tensor | None,
    residual: Tensor | None,
    out: Tensor,
    eps: float,
    n_in: int,
    *,
    gated: bool = False,
) -> None:
    """Add up partial: (splits, n_tokens, width) and finish it into out: (n_tokens, width, or half of it if gated)."""
    splits, n_tokens, _ = partial.shape
    n_out = out.shape[1]
    block = min(512, power_of_two(n_out))
    launch(
        finish,
        (n_tokens, ceil_div(n_out, block)),
        partial,
        squares,
        scale,
        bias,
        residual,
        out,
        n_tokens,
        eps,
        0 if residual is None else residual.stride(0),
        N_IN=n_in,
        N_OUT=n_out,
        SPLITS=splits,
        GATED=gated,
        BLOCK=block,
        num_warps=4,
    )


@triton.jit(do_not_specialize=["n_tokens"])
def finish(
    partial,
    squares,
    scale,
    bias,
    residual,
    out,
    n_tokens,
    eps,
    residual_row,
    N_IN: tl.constexpr,
    N_OUT: tl.constexpr,
    SPLITS: tl.constexpr,
    GATED: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Program (token, block of outputs)."""
    token = tl.program_id(0)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < N_OUT
    width = N_OUT * 2 if GATED else N_OUT
    shrink = tl.full((1,), 1.0, tl.float32)
    if squares is not None:
        parts = tl.load(squares + tl.arange(0, SPLITS) * n_tokens + token)
        shrink = shrink * tl.rsqrt(tl.sum(parts, axis=0) / N_IN + eps)
    total = _added(partial + token * width + at, n_tokens * width, inside, SPLITS, BLOCK)
    total = scaled(total[None, :] * shrink[:, None], scale, bias, at, inside)
    if GATED:
        other = _added(partial + token * width + N_OUT + at, n_tokens * width, inside, SPLITS, BLOCK)
        other = scaled(other[None, :] * shrink[:, None], scale, bias, N_OUT + at, inside)
        total = total * tl.sigmoid(total) * other
    if residual is not None:
        total += tl.load(residual + token.to(tl.int64) * residual_row + at, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + token.to(tl.int64) * N_OUT + at[None, :], total, mask=inside[None, :])


@triton.jit
def scaled(total, scale, bias, at, inside):
    """total: (rows, outputs) fp32, by each output's scale, and its bias added; either may be None."""
    if scale is not None:
        total = total * tl.load(scale + at, mask=inside, other=0.0)[None, :]
    if bias is not None:
        total = total + tl.load(bias + at, mask=inside, other=0.0).to(tl.float32)[None, :]
    return total


@triton.jit
def _added(place, stride, inside, SPLITS: tl.constexpr, BLOCK: tl.constexpr):
    total = tl.zeros((BLOCK,), tl.float32)
    for split in range(SPLITS):
        total += tl.load(place + split * stride, mask=inside, other=0.0)
    return total
