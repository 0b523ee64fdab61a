"""RMS norms of whole rows, a residual added before and a rounding to e4m3 behind. Bound by bytes: a row is read once.

All arithmetic is fp32. The sum, and what is rounded to e4m3, are rounded to x's dtype first, as the twins do.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.reference.linear import E4M3
from inference.kernels.triton.shared.e4m3 import row_scale, to_e4m3
from inference.kernels.triton.shared.launch import launch, power_of_two


@triton.jit
def _norm(x, residual, weight, total, out, scale, eps, x_row, residual_row, SIZE: tl.constexpr, BLOCK: tl.constexpr):
    """Program (token). residual and total are both given or both None; scale is given when out is e4m3."""
    token = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    inside = at < SIZE
    held = tl.load(x + token * x_row + at, mask=inside, other=0.0)
    wide = held.to(tl.float32)
    if residual is not None:
        wide += tl.load(residual + token * residual_row + at, mask=inside, other=0.0).to(tl.float32)
        rounded = wide.to(held.dtype)
        tl.store(total + token * SIZE + at, rounded, mask=inside)
        wide = rounded.to(tl.float32)
    shrink = tl.rsqrt(tl.sum(wide * wide, axis=0) / SIZE + eps)
    wide = wide * shrink * tl.load(weight + at, mask=inside, other=0.0).to(tl.float32)
    if scale is not None:
        wide = wide.to(held.dtype).to(tl.float32)
        by = row_scale(tl.max(tl.abs(wide), axis=0))
        tl.store(out + token * SIZE + at, to_e4m3(wide, by), mask=inside)
        tl.store(scale + token, by)
    else:
        tl.store(out + token * SIZE + at, wide, mask=inside)


def rms_norm(x: Tensor, weight: Tensor, eps: float, *, num_warps: int | None = None) -> Tensor:
    """As `reference.rms_norm` for x: (n_tokens, size), a view with its last dimension contiguous allowed."""
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    _run(x, None, weight, None, out, None, eps, num_warps)
    return out


def add_rms_norm(
    x: Tensor, residual: Tensor, weight: Tensor, eps: float, *, num_warps: int | None = None
) -> tuple[Tensor, Tensor]:
    """As `reference.add_rms_norm`."""
    out, total = (torch.empty(x.shape, dtype=x.dtype, device=x.device) for _ in range(2))
    _run(x, residual, weight, total, out, None, eps, num_warps)
    return out, total


def add_rms_norm_fp8(
    x: Tensor, residual: Tensor | None, weight: Tensor, eps: float, *, num_warps: int | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """As `reference.add_rms_norm_fp8`."""
    out = torch.empty(x.shape, dtype=E4M3, device=x.device)
    scale = torch.empty((x.shape[0],), dtype=torch.float32, device=x.device)
    total = None if residual is None else torch.empty(x.shape, dtype=x.dtype, device=x.device)
    _run(x, residual, weight, total, out, scale, eps, num_warps)
    return out, scale, x if total is None else total


def _run(
    x: Tensor,
    residual: Tensor | None,
    weight: Tensor,
    total: Tensor | None,
    out: Tensor,
    scale: Tensor | None,
    eps: float,
    num_warps: int | None,
) -> None:
    n_tokens, size = x.shape
    launch(
        _norm,
        (n_tokens,),
        x,
        residual,
        weight,
        total,
        out,
        scale,
        eps,
        x.stride(0),
        0 if residual is None else residual.stride(0),
        SIZE=size,
        BLOCK=power_of_two(size),
        num_warps=num_warps or (4 if size <= 4096 else 16),
    )
