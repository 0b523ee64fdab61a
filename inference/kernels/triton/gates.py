"""SwiGLU, with a rounding to e4m3 behind. Bound by bytes: two numbers are read for each that is written.

All arithmetic is fp32; what is rounded to e4m3 is rounded to the input's dtype first, as the twin does.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.reference.linear import E4M3
from inference.kernels.triton.shared.e4m3 import row_scale, to_e4m3
from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two


@triton.jit
def _gate(gate_up, out, row, SIZE: tl.constexpr, BLOCK: tl.constexpr):
    """Program (token, block of outputs)."""
    token = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < SIZE
    gated, _ = _gated(gate_up + token * row + at, inside, SIZE)
    tl.store(out + token * SIZE + at, gated, mask=inside)


@triton.jit
def _gate_and_round(gate_up, out, scale, row, SIZE: tl.constexpr, BLOCK: tl.constexpr):
    """Program (token): its row stays in registers until the largest is known."""
    token = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    inside = at < SIZE
    gated, like = _gated(gate_up + token * row + at, inside, SIZE)
    gated = gated.to(like.dtype).to(tl.float32)
    by = row_scale(tl.max(tl.abs(gated), axis=0))
    tl.store(out + token * SIZE + at, to_e4m3(gated, by), mask=inside)
    tl.store(scale + token, by)


@triton.jit
def _gated(place, inside, SIZE: tl.constexpr):
    """silu(gate) * up in fp32, and the gate as it was read."""
    held = tl.load(place, mask=inside, other=0.0)
    gate = held.to(tl.float32)
    up = tl.load(place + SIZE, mask=inside, other=0.0).to(tl.float32)
    return gate * tl.sigmoid(gate) * up, held


def swiglu(gate_up: Tensor, *, block: int = 1024, num_warps: int = 4) -> Tensor:
    """As `reference.swiglu`; a view with its last dimension contiguous is allowed."""
    n_tokens, size = gate_up.shape[0], gate_up.shape[1] // 2
    out = torch.empty((n_tokens, size), dtype=gate_up.dtype, device=gate_up.device)
    grid = (n_tokens, ceil_div(size, block))
    launch(_gate, grid, gate_up, out, gate_up.stride(0), SIZE=size, BLOCK=block, num_warps=num_warps)
    return out


def swiglu_fp8(gate_up: Tensor, *, num_warps: int | None = None) -> tuple[Tensor, Tensor]:
    """As `reference.swiglu_fp8`."""
    n_tokens, size = gate_up.shape[0], gate_up.shape[1] // 2
    out = torch.empty((n_tokens, size), dtype=E4M3, device=gate_up.device)
    scale = torch.empty((n_tokens,), dtype=torch.float32, device=gate_up.device)
    warps = num_warps or (8 if size <= 8192 else 16)
    shape = {"SIZE": size, "BLOCK": power_of_two(size)}
    launch(_gate_and_round, (n_tokens,), gate_up, out, scale, gate_up.stride(0), **shape, num_warps=warps)
    return out, scale
